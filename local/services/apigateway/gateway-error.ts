/** What the gateway itself answers: `{"message": …}`. HTTP APIs have no way to customize it. */
export class GatewayError extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Why, for the access log. */
  readonly reason: string | undefined;

  constructor(status: number, message: string, options: { headers?: Record<string, string>; reason?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'GatewayError';
    this.status = status;
    this.headers = options.headers ?? {};
    this.reason = options.reason;
  }
}

export const notFound = (): GatewayError => new GatewayError(404, 'Not Found');
export const forbidden = (reason?: string): GatewayError => new GatewayError(403, 'Forbidden', reason === undefined ? {} : { reason });
export const internalError = (reason: string, cause?: unknown): GatewayError =>
  new GatewayError(500, 'Internal Server Error', { reason, cause });
export const unavailable = (reason: string, cause?: unknown): GatewayError =>
  new GatewayError(503, 'Service Unavailable', { reason, cause });
export const tooLarge = (): GatewayError => new GatewayError(413, 'Request Entity Too Large');
