/** Writes one line of JSON to the function's log. Never a property of an event or who it is of. */
export const writeLog = (level: 'WARN' | 'ERROR', message: string, fields: Readonly<Record<string, unknown>>): void => {
  process.stdout.write(`${JSON.stringify({ level, message, ...fields })}\n`);
};

/** What may be told of an error: those of SDKs carry the request. */
export const nameOfError = (error: unknown): string => (error instanceof Error ? error.name : typeof error);
