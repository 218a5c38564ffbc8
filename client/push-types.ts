import type { Audience, Platform, PushMessage } from '../contracts/push.ts';
import type { WrittenKeys } from './record-types.ts';
import type { CallOptions } from './transport.ts';

// Types only: what a definition says about push, for the methods of PushClient.

type PushOf<D> = D extends { readonly push: infer P } ? P : never;
type KeysAt<P, K extends string> = P extends { readonly [Key in K]: infer T } ? WrittenKeys<T> : never;

/** Names of the topics of a definition. */
export type TopicName<D> = KeysAt<PushOf<D>, 'topics'>;
/** Names of the templates of a definition. */
export type TemplateName<D> = KeysAt<PushOf<D>, 'templates'>;
/** The kinds of messages of a definition. */
export type CategoryName<D> = PushOf<D> extends { readonly categories: readonly (infer C extends string)[] } ? C : never;

type ToTopic<D> = { readonly topic: TopicName<D> };

/** A message to send, with the names of the definition. */
export type Message<D> = Omit<PushMessage, 'to' | 'template' | 'category'> & {
  readonly to: Exclude<Audience, { readonly topic: string }> | ToTopic<D>;
  readonly template?: { readonly name: TemplateName<D>; readonly values?: Readonly<Record<string, string>> };
  readonly category?: CategoryName<D>;
};

/** What to change of the caller's preferences. */
export interface PreferencesPatch<D> {
  /** Null ends them. */
  readonly quietHours?: { readonly from: string; readonly to: string; readonly timeZone: string } | null;
  readonly muted?: readonly CategoryName<D>[];
}

/** A topic, and whether the caller hears it. */
export interface TopicState<D> {
  readonly topic: TopicName<D>;
  readonly subscribed: boolean;
}

/** A page of a list. */
export interface PageQuery {
  /** Items a page: 1 to 100. @default 20 */
  readonly limit?: number | undefined;
  /** The `cursor` of the page before. @default the first page */
  readonly cursor?: string | undefined;
}

/** Which messages to list. */
export interface MessageQuery extends PageQuery {
  /** As `2026-11-24`, UTC. @default today */
  readonly day?: string | undefined;
}

/** The part of a `PushSubscription` that is used here. */
export interface SubscriptionLike {
  readonly options: { readonly applicationServerKey: ArrayBuffer | null };
  unsubscribe(): Promise<boolean>;
  toJSON(): { readonly endpoint?: string; readonly keys?: Readonly<Record<string, string>> };
}

/** The part of a `ServiceWorkerRegistration` that is used here: `await navigator.serviceWorker.register('/service-worker.js')`. */
export interface ServiceWorkerLike {
  readonly pushManager: {
    getSubscription(): Promise<SubscriptionLike | null>;
    subscribe(options: { readonly userVisibleOnly: true; readonly applicationServerKey: string }): Promise<SubscriptionLike>;
  };
}

/** Which browser is to get pushes. */
export interface BrowserDevice {
  /** The registration of the service worker that shows them. */
  readonly serviceWorker: ServiceWorkerLike;
  /** The language of templates, BCP 47. @default the browser's */
  readonly locale?: string | undefined;
}

/** A phone's registration with its push service. */
export interface PhoneDevice {
  /** `apns-sandbox` for development builds. */
  readonly platform: Exclude<Platform, 'web'>;
  /** The token of APNs (hexadecimal) or FCM. */
  readonly token: string;
  /** The language of templates, BCP 47. @default the first of the definition */
  readonly locale?: string | undefined;
}

/** Which browser is not to get pushes any more. */
export interface UnregisterOptions extends CallOptions {
  /** In browsers: the registration whose subscription is to end. @default none: the browser keeps it for the next `registerBrowser` */
  readonly serviceWorker?: ServiceWorkerLike | undefined;
}
