import type { ErrorCode } from './errors.ts';

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * Who may call a route at all.
 * - `anyone`: no token is looked at.
 * - `signedIn`: a valid access token is needed.
 * - `admins`: a valid access token of a member of the admin group is needed.
 * - `rules`: a token is optional; a token that is sent must be valid. The rules of the definition decide.
 */
export type RouteAccess = 'anyone' | 'signedIn' | 'admins' | 'rules';

/** One operation of the HTTP API: the gateway, the handlers, the client, the OpenAPI document and the tests are made from it. */
export interface Route {
  readonly method: HttpMethod;
  /** As API Gateway spells it: `/data/{model}/{id}`. */
  readonly path: `/${string}`;
  readonly access: RouteAccess;
  /** Functions of the backend may do it in nobody's name, too. Only of `signedIn` routes: all others are open to them. @default false */
  readonly system?: true;
  /** The OAuth scope that the access token must carry. @default none */
  readonly scope?: string;
  readonly summary: string;
  /** The status of success. */
  readonly status: 200 | 201 | 202 | 204;
  /** Codes that this route may answer beside those that every route may. */
  readonly errors: readonly ErrorCode[];
  /** The request has a JSON body. `optional`: it may be left out. `raw`: any text of any media type, which is not parsed. */
  readonly body?: 'required' | 'optional' | 'raw';
  /** The media types of the body. @default ['application/json'] */
  readonly mediaTypes?: readonly string[];
}

/** The routes of one feature by their keys. A key names the handler file (kebab-case), the client method and the operation id. */
export type Routes = Readonly<Record<string, Route>>;

/** Checks the table at compile time and keeps its literal types. */
export const defineRoutes = <const R extends Routes>(routes: R): R => routes;
