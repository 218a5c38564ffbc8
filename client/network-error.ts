/**
 * Why there is no answer that could be used.
 * - `unreachable`: no connection, or it broke off. The request may or may not have had its effect.
 * - `timeout`: nothing came within the client's `timeoutMs`. The request may or may not have had its effect.
 * - `invalid_answer`: what came is no answer of a Plinth backend, for example the login page of a hotel's network.
 */
export type NetworkErrorReason = 'unreachable' | 'timeout' | 'invalid_answer';

/** The backend did not answer. Told apart from {@link PlinthError}, which is an answer. */
export class NetworkError extends Error {
  readonly reason: NetworkErrorReason;

  constructor(reason: NetworkErrorReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'NetworkError';
    this.reason = reason;
  }
}

/** The answer has another form than the contract says. */
export const invalidAnswer = (what: string, cause?: unknown): NetworkError =>
  new NetworkError('invalid_answer', `The answer is not one of a Plinth backend: ${what}. Check the url of the client.`, cause);

/** No connection came about, or it broke off. */
export const unreachable = (cause?: unknown): NetworkError =>
  new NetworkError('unreachable', 'The backend cannot be reached. Check the connection and the url of the client.', cause);
