/** Writes one line of JSON to the function's log. Never a secret, a signature or a body. */
export const writeLog = (level: 'INFO' | 'WARN' | 'ERROR', message: string, fields: Readonly<Record<string, unknown>>): void => {
  process.stdout.write(`${JSON.stringify({ level, message, ...fields })}\n`);
};
