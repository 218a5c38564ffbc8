import { ApiError } from '../../contracts/errors.ts';

/** Writes one line of JSON to the function's log. Never a key, a signature or the body of a request. */
export const writeLog = (level: 'INFO' | 'WARN' | 'ERROR', message: string, fields: Readonly<Record<string, unknown>>): void => {
  process.stdout.write(`${JSON.stringify({ level, message, ...fields })}\n`);
};

/** What may be told of an error: those of SDKs carry the request. */
export const nameOfError = (error: unknown): string => {
  if (error instanceof ApiError) return error.code;
  return error instanceof Error ? error.name : typeof error;
};
