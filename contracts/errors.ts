/**
 * Every error a Plinth API can answer with: the stable code, its HTTP status and its title.
 * Server, client, OpenAPI document and tests read this one table.
 */
export const errorTable = {
  invalid_json: { status: 400, title: 'The body is not valid JSON' },
  validation_failed: { status: 400, title: 'The request breaks the schema' },
  unknown_field: { status: 400, title: 'A field is not part of the schema' },
  read_only_field: { status: 400, title: 'A field is set by the server only' },
  prohibited_key: { status: 400, title: 'A key is never allowed' },
  too_deep: { status: 400, title: 'The body is nested too deeply' },
  too_many_items: { status: 400, title: 'A list or object has too many items' },
  invalid_id: { status: 400, title: 'The id is not well formed' },
  invalid_reference: { status: 400, title: 'A field leads to no record' },
  id_mismatch: { status: 400, title: 'The id of the body is not the id of the path' },
  invalid_cursor: { status: 400, title: 'The cursor is not valid for this list' },
  invalid_operand: { status: 400, title: 'A filter operator has a wrong operand' },
  filter_too_complex: { status: 400, title: 'The filter is too complex' },
  index_required: { status: 400, title: 'No index serves this list' },
  sort_not_supported: { status: 400, title: 'No index serves this order' },
  key_too_long: { status: 400, title: 'An indexed value is too long' },
  invalid_precondition: { status: 400, title: 'If-Match does not hold an entity tag' },
  invalid_idempotency_key: { status: 400, title: 'The Idempotency-Key is not well formed' },
  invalid_code: { status: 400, title: 'The code is wrong or no longer valid' },
  invalid_password: { status: 400, title: 'The password breaks the policy' },
  invalid_path: { status: 400, title: 'The file name or path is not allowed' },
  type_not_allowed: { status: 400, title: 'The folder does not take files of this type' },
  checksum_mismatch: { status: 400, title: 'The bytes are not those that were announced' },
  upload_incomplete: { status: 400, title: 'Parts of the upload are missing' },
  payload_too_large: { status: 400, title: 'The message is too large for a platform' },
  invalid_topic: { status: 400, title: 'The topic is not well formed' },
  url_not_allowed: { status: 400, title: 'The URL leads to where nothing is sent' },
  stale_signature: { status: 400, title: 'The signature is of another time' },
  mfa_not_enrolled: { status: 400, title: 'No authenticator is enrolled' },
  unauthenticated: { status: 401, title: 'A valid access token is needed' },
  invalid_signature: { status: 401, title: 'The signature is missing or wrong' },
  invalid_credentials: { status: 401, title: 'The credentials are wrong' },
  invalid_session: { status: 401, title: 'The session is wrong or has ended' },
  forbidden: { status: 403, title: 'Not allowed' },
  field_not_allowed: { status: 403, title: 'A field may not be used by this caller' },
  insufficient_scope: { status: 403, title: 'The access token lacks a scope' },
  reauth_required: { status: 403, title: 'The password is needed again' },
  user_not_confirmed: { status: 403, title: 'The account is not confirmed' },
  password_reset_required: { status: 403, title: 'The password must be reset' },
  hook_refused: { status: 403, title: 'A check of the backend refused it' },
  registration_refused: { status: 403, title: 'The registration was refused' },
  not_found: { status: 404, title: 'Not found' },
  unknown_folder: { status: 404, title: 'There is no such folder' },
  unknown_topic: { status: 404, title: 'There is no such topic' },
  unknown_model: { status: 404, title: 'There is no such model' },
  unknown_route: { status: 404, title: 'There is no such route' },
  method_not_allowed: { status: 405, title: 'The route does not take this method' },
  already_exists: { status: 409, title: 'The record exists already' },
  not_unique: { status: 409, title: 'A unique value is taken' },
  in_progress: { status: 409, title: 'The same request is in progress' },
  write_conflict: { status: 409, title: 'Another write won' },
  not_ready: { status: 409, title: 'The file is not ready' },
  already_sent: { status: 409, title: 'The message is on its way' },
  too_many_endpoints: { status: 409, title: 'There are too many endpoints' },
  endpoint_disabled: { status: 409, title: 'The endpoint is disabled' },
  recipient_suppressed: { status: 409, title: 'Nothing is sent to the address any more' },
  too_many_devices: { status: 429, title: 'The user has too many devices' },
  still_referenced: { status: 409, title: 'Other records refer to this one' },
  version_mismatch: { status: 412, title: 'The record has changed' },
  body_too_large: { status: 413, title: 'The body is too large' },
  file_too_large: { status: 413, title: 'The file is too large for the folder' },
  quota_exceeded: { status: 413, title: 'The user’s storage is full' },
  item_too_large: { status: 413, title: 'The record is too large' },
  uri_too_long: { status: 414, title: 'The URL is too long' },
  unsupported_media_type: { status: 415, title: 'The media type is not supported' },
  idempotency_mismatch: { status: 422, title: 'The Idempotency-Key was used for another request' },
  function_refused: { status: 422, title: 'The function refused' },
  precondition_required: { status: 428, title: 'If-Match is needed' },
  rate_limited: { status: 429, title: 'Too many requests' },
  too_many_attempts: { status: 429, title: 'Too many attempts' },
  function_bad_response: { status: 502, title: 'The function answered what it must not' },
  bad_upstream: { status: 502, title: 'A service outside answered what it must not' },
  internal_error: { status: 500, title: 'The server failed' },
  hook_failed: { status: 502, title: 'A check of the backend failed' },
  index_building: { status: 503, title: 'An index does not hold all records yet' },
  unavailable: { status: 503, title: 'The service is not available' },
  timeout: { status: 503, title: 'The service took too long' },
} as const satisfies Record<string, { status: number; title: string }>;

/** A stable, machine-readable reason. `switch` over it; never parse `detail`. */
export type ErrorCode = keyof typeof errorTable;

/** One fault inside a request, found by its JSON pointer (RFC 6901). Query parameters are pointed at as `/query/<name>`. */
export interface FieldError {
  readonly pointer: string;
  /** An {@link ErrorCode} or the failed schema rule, for example `required`, `invalid_type`, `too_long`. */
  readonly code: string;
  readonly detail: string;
}

/** The body of every error answer: RFC 9457 `application/problem+json`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: ErrorCode;
  readonly requestId: string;
  /** Why a function of the definition refused, in its own word. Only with `function_refused`, and with `hook_refused` and `registration_refused` by a hook. */
  readonly reason?: string;
  readonly errors?: readonly FieldError[];
}

/** What an {@link ApiError} may carry beside its text. */
export interface ApiErrorOptions {
  readonly errors?: readonly FieldError[];
  /** Seconds, for `Retry-After`. */
  readonly retryAfterSeconds?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of `function_refused` and of refusals by hooks: the word and the status that the function chose. */
  readonly refusal?: { readonly reason: string; readonly status: number };
  readonly cause?: unknown;
}

/** The one error that handlers throw on purpose. Its `detail` is shown to the caller and says what to do next. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly errors: readonly FieldError[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly refusal: ApiErrorOptions['refusal'];

  constructor(code: ErrorCode, detail: string, options: ApiErrorOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ApiError';
    this.code = code;
    this.errors = options.errors;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.headers = options.headers ?? {};
    this.refusal = options.refusal;
  }

  get status(): number {
    return this.refusal?.status ?? errorTable[this.code].status;
  }
}

/** The URI that identifies a kind of problem. */
export const problemType = (code: ErrorCode): string => `urn:plinth:problem:${code}`;
