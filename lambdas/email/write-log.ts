import { MailDelayedError } from './mail.ts';

/** Writes one line of JSON to the function's log. Never an address, a subject, a text or a value. */
export const writeLog = (level: 'INFO' | 'WARN' | 'ERROR', message: string, fields: Readonly<Record<string, unknown>>): void => {
  process.stdout.write(`${JSON.stringify({ level, message, ...fields })}\n`);
};

/** What may be told of an error: those of SDKs carry the request. */
export const nameOfError = (error: unknown): string => {
  if (error instanceof MailDelayedError) return error.reason;
  return error instanceof Error ? error.name : typeof error;
};
