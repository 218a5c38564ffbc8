import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { ApiError, errorTable, type Problem, problemType } from '../../contracts/errors.ts';

/** What every answer carries, good or bad: OWASP's REST Security Cheat Sheet, "Security Headers". */
export const securityHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'x-content-type-options': 'nosniff',
};

/** An error that is none of ours tells the caller nothing but the request's id. */
const unexpected = (cause: unknown): ApiError =>
  new ApiError('internal_error', 'The server failed. Try again; if it goes on, report the requestId.', { cause });

/** Any thrown value as an error of ours. */
export const toApiError = (thrown: unknown): ApiError => (thrown instanceof ApiError ? thrown : unexpected(thrown));

/** The RFC 9457 body for an error. */
export const toProblem = (error: ApiError, instance: string, requestId: string): Problem => {
  const { title } = errorTable[error.code];
  return {
    type: problemType(error.code),
    title,
    status: error.status,
    detail: error.message,
    instance,
    code: error.code,
    requestId,
    ...(error.refusal && { reason: error.refusal.reason }),
    ...(error.errors && { errors: error.errors }),
  };
};

/** The RFC 9457 answer for an error. */
export const problemResponse = (error: ApiError, instance: string, requestId: string): APIGatewayProxyStructuredResultV2 => {
  const { status } = error;
  return {
    statusCode: status,
    headers: {
      ...securityHeaders,
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
      ...(error.retryAfterSeconds !== undefined && { 'retry-after': String(Math.max(1, Math.ceil(error.retryAfterSeconds))) }),
      ...error.headers,
      'content-type': 'application/problem+json',
      'x-request-id': requestId,
    },
    body: JSON.stringify(toProblem(error, instance, requestId)),
  };
};
