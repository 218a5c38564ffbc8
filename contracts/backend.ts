import type { AuthOptions } from './auth.ts';
import type { AnyModel } from './model.ts';

/** Models by their names. The name is part of the URL: `/data/Note`. */
export type Models = Readonly<Record<string, AnyModel>>;

/** Data storage: what records there are. */
export interface DataOptions<M extends Models = Models> {
  readonly models: M;
}

/** The one typed file: everything a backend is. The constructs, the API and the client's types are made from it. */
export interface BackendDefinition {
  /** Accounts. @default e-mail and password, no groups but the admin group */
  readonly auth?: AuthOptions;
  /** Records. @default no models */
  readonly data?: DataOptions;
}

/** Checks a definition and keeps its exact types, so that `createClient<typeof backend>()` knows every model. */
export const defineBackend = <const D extends BackendDefinition>(definition: D): D => definition;

/** The models of a definition. */
export type ModelsOf<D> = D extends { readonly data: { readonly models: infer M extends Models } } ? M : Record<never, never>;
