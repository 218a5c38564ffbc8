import type { Route } from '../../contracts/route.ts';

/** The event whose handling a write is part of. */
export interface Cause {
  readonly id: string;
  /** Of that event. What it leads to is one deeper. */
  readonly depth: number;
}

/**
 * Who calls. A guest has no token; a user has a valid access token of this backend's pool and client. The system is a function of
 * the backend that acts by itself, or whoever looks after the backend (contracts/operator.ts): no rule holds it back, only the policy
 * of the function's role. No request over HTTP makes one.
 */
export type Caller =
  | { readonly kind: 'guest' }
  | {
      readonly kind: 'user';
      /** The Cognito `sub`. */
      readonly id: string;
      readonly username: string;
      readonly groups: readonly string[];
      readonly scopes: readonly string[];
      /** The access token itself, for Cognito operations in the user's name. Never logged. */
      readonly accessToken: string;
    }
  | {
      readonly kind: 'system';
      /** The `sub` of the user on whose behalf it acts: records and files that it makes are theirs. @default nobody's */
      readonly actor?: string;
      /** @default the writes are the first of their kind: a person or a program from outside asked for them */
      readonly cause?: Cause;
    };

export interface UserCaller extends Extract<Caller, { kind: 'user' }> {}
export interface SystemCaller extends Extract<Caller, { kind: 'system' }> {}

/** A request, after the runtime has checked and parsed it. Handlers never see the Lambda event. */
export interface ApiRequest {
  readonly route: Route;
  readonly routeKey: string;
  /** Path parameters, percent-decoded once. */
  readonly path: Readonly<Record<string, string>>;
  /** The query string; repeated parameters are kept apart. */
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON body: always an object without prohibited keys and not nested too deeply. Undefined without a body. */
  readonly body: Readonly<Record<string, unknown>> | undefined;
  /** The body's exact text, for hashes and signatures. Empty without a body. */
  readonly rawBody: string;
  readonly caller: Caller;
  readonly sourceIp: string;
  readonly requestId: string;
  /** Milliseconds until the function must have answered. */
  remainingMs(): number;
}

/** A request of a route whose access is `signedIn` or `admins`. */
export interface UserRequest extends ApiRequest {
  readonly caller: UserCaller;
}

/** What a handler answers. The status defaults to the route's own. */
export interface ApiReply {
  readonly status?: number;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, in the place of `body`. It is JSON unless `headers` say otherwise. */
  readonly text?: string;
  /** Sent as they are, in the place of `body` and `text`. They need a `content-type` among the headers. */
  readonly bytes?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One route's code. It throws an `ApiError` to refuse; anything else thrown is a 500 without details. */
export type Action = (request: ApiRequest) => Promise<ApiReply>;
export type UserAction = (request: UserRequest) => Promise<ApiReply>;
