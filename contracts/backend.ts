import type { AuthOptions } from './auth.ts';
import type { EventsOptions } from './events.ts';
import type { Folder } from './folder.ts';
import type { Functions } from './functions.ts';
import type { IntegrationsOptions } from './integrations.ts';
import type { AnyModel } from './model.ts';
import type { PushOptions } from './push-options.ts';

/** Models by their names. The name is part of the URL: `/data/Note`. */
export type Models = Readonly<Record<string, AnyModel>>;

/** Data storage: what records there are. */
export interface DataOptions<M extends Models = Models> {
  readonly models: M;
}

/** Folders by their names. The name is part of the URL: `/files/avatars`. */
export type Folders = Readonly<Record<string, Folder>>;

/** File storage: what folders there are, and how much a user may keep in all of them. */
export interface FilesOptions<F extends Folders = Folders> {
  readonly folders: F;
  /** How many bytes one user may keep, uploads that have begun included. @default 1 GiB */
  readonly quotaBytes?: number;
  /** How long a download link is good for, in seconds. Who asks for longer than `max` gets `max`. @default 300, at most 3600 */
  readonly linkSeconds?: { readonly default?: number; readonly max?: number };
  /**
   * Has GuardDuty Malware Protection for S3 scan each upload; a file is `ready` only when nothing was found. GuardDuty bills by
   * object and GB. @default false
   */
  readonly malwareProtection?: boolean;
}

/** The one typed file: everything a backend is. The constructs, the API and the client's types are made from it. */
export interface BackendDefinition {
  /** Accounts. @default e-mail and password, no groups but the admin group */
  readonly auth?: AuthOptions;
  /** Records. @default no models */
  readonly data?: DataOptions;
  /** Images, videos and documents. @default no folders */
  readonly files?: FilesOptions;
  /** Messages to phones and browsers. @default none */
  readonly push?: PushOptions;
  /** What happens, told on a bus: changes of records, files and accounts, and events of the definition's own. @default where something listens */
  readonly events?: EventsOptions;
  /** Services outside: webhooks, both ways. @default none */
  readonly integrations?: IntegrationsOptions;
  /** Code of your own on calls, requests, events, schedules and messages. @default none */
  readonly functions?: Functions;
}

/** Checks a definition and keeps its exact types, so that `createClient<typeof backend>()` knows every model. */
export const defineBackend = <const D extends BackendDefinition>(definition: D): D => definition;

/** The models of a definition. */
export type ModelsOf<D> = D extends { readonly data: { readonly models: infer M extends Models } } ? M : Record<never, never>;

/** The folders of a definition. */
export type FoldersOf<D> = D extends { readonly files: { readonly folders: infer F extends Folders } } ? F : Record<never, never>;
