import { defineRoutes } from './route.ts';

/** The route of webhooks from other services. */
export const inboundRoutes = defineRoutes({
  receiveInbound: {
    method: 'POST',
    path: '/inbound/{name}',
    access: 'anyone',
    summary: 'Takes a webhook of another service, once its signature is checked; one that came before is taken again without effect',
    status: 200,
    body: 'raw',
    errors: ['not_found', 'invalid_signature', 'stale_signature', 'body_too_large', 'validation_failed'],
  },
});

/** How a service signs, spelled out. */
export interface SignatureOptions {
  /** The header with the signature, `x-signature`. */
  readonly header: string;
  readonly algorithm: 'sha256' | 'sha1' | 'sha512';
  readonly encoding: 'hex' | 'base64' | 'base64url';
  /** What stands before the signature in the header, `sha256=`. @default nothing */
  readonly prefix?: string;
  /** The header with the time of signing: seconds since the epoch. @default none, and old requests are known by their ids only */
  readonly timestampHeader?: string;
  /** How far the time may be from ours, before or after. @default 300 */
  readonly toleranceSeconds?: number;
  /** What is signed. `timestamp.body`: the time, a dot and the body. @default 'body' */
  readonly payload?: 'body' | 'timestamp.body';
}

/** Where a value is found in a request: in a header, or in the JSON body by its pointer (RFC 6901). */
export type ValueSource = { readonly header: string } | { readonly pointer: string };

/** A service that sends webhooks. */
export interface InboundProvider {
  /**
   * The name of the secret in Secrets Manager: the signing secret as a text, or several as a JSON list while one takes the place of the
   * other. It is not made here.
   */
  readonly secretName: string;
  /** The kind of signature: of a service by its name, of Standard Webhooks (standardwebhooks.com), or spelled out. */
  readonly signature: 'github' | 'paddle' | 'standard-webhooks' | SignatureOptions;
  /** Where the id of the happening is; each is told of once. @default the provider's own place; else a hash of what is signed */
  readonly id?: ValueSource;
  /** Where the type of the happening is. @default the provider's own place; else none */
  readonly type?: ValueSource;
  /** Headers to hand on, beside `content-type`. @default none */
  readonly headers?: readonly string[];
  /**
   * Bytes of a body at the most, up to 5,242,880. What is too large for an event lies in a bucket for 30 days; functions with
   * `use.inbound(name)` read it by `ctx.inbound.body(event.data)`. @default 240000, and there is no bucket
   */
  readonly maxBodyBytes?: number;
}

/** Services by their names: a letter, then letters, digits and `-`. The name is part of the URL and of the event type. */
export type InboundProviders = Readonly<Record<string, InboundProvider>>;

/** The data of an event `inbound.<name>`. */
export interface InboundDelivery {
  /** The id that the service gave it. */
  readonly id: string;
  /** As the service calls it, `pull_request`. */
  readonly type?: string;
  /** Those of {@link InboundProvider.headers}, with names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** What the JSON says; of other bodies the text. Null where it is stored. */
  readonly body: unknown;
  /** Set where the body is too large for an event: it lies in a bucket, and `ctx.inbound.body` reads it. */
  readonly stored?: { readonly key: string; readonly sizeBytes: number };
}

declare module './events.ts' {
  interface FeatureEvents {
    readonly [type: `inbound.${string}`]: InboundDelivery;
  }
}

/** What the handler knows of a service. */
export interface CompiledInboundProvider extends InboundProvider {
  readonly headers: readonly string[];
  readonly maxBodyBytes: number;
}
export type CompiledInbound = Readonly<Record<string, CompiledInboundProvider>>;

/** The table of webhooks that came in. Each item is an outbox item: it goes on the bus by the stream. */
export const inboundTable = { partitionKey: 'pk', timeToLive: 'expiresAt' } as const;

/** Bounds of inbound webhooks. */
export const inboundLimits = {
  /** Bytes of a body that an event always has room for, unless its text has many escapes. */
  bodyBytes: 240_000,
  /** Bytes of a body at the most: Lambda takes 6 MB with the request around it, in which escapes or base64 make texts longer. */
  storedBytes: 5_242_880,
  /** Bytes of the data of the event that it becomes: the event takes 256 KB (EventBridge, "PutEvents"), and escapes make texts longer. */
  eventBytes: 250_000,
  idLength: 256,
  /** How long an id is remembered: services try again for some days at the most. */
  rememberedDays: 30,
  /** @default of `toleranceSeconds`; Standard Webhooks has the same */
  toleranceSeconds: 300,
} as const;

/** The event type of a service. */
export const inboundType = (name: string): string => `inbound.${name}`;
