import { callerKey } from './caller-key.ts';
import type { Caller } from './request.ts';

/** What is known of a request when it ends; a request that was refused early knows less. */
export interface LoggedRequest {
  readonly startedAt: number;
  readonly routeKey?: string;
  readonly caller?: Caller;
}

const causesLogged = 5;

/** An error and its causes, without the values of its other properties: an SDK error carries the request, which may hold a password. */
const describe = (thrown: unknown, left = causesLogged): unknown => {
  if (!(thrown instanceof Error)) return { name: typeof thrown };
  return {
    name: thrown.name,
    message: thrown.message,
    stack: thrown.stack,
    ...(thrown.cause !== undefined && left > 0 && { cause: describe(thrown.cause, left - 1) }),
  };
};

const level = (status: number): 'INFO' | 'ERROR' => (status >= 500 ? 'ERROR' : 'INFO');

/**
 * Writes the one line that each request leaves in the log: what was asked, by whom, the outcome, and for how long.
 * No header, no body and no query string is ever logged.
 */
export const logRequest = (request: LoggedRequest, status: number | undefined, requestId: string, error?: unknown): void => {
  const statusCode = status ?? 500;
  const line = {
    level: level(statusCode),
    message: 'request',
    route: request.routeKey,
    status: statusCode,
    durationMs: Math.round((performance.now() - request.startedAt) * 100) / 100,
    requestId,
    user: (request.caller && callerKey(request.caller)) ?? undefined,
    ...(statusCode >= 500 && error !== undefined && { error: describe(error) }),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
};
