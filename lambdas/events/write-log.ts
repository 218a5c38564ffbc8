/** Writes one line of JSON to the function's log. Never the data of an event. */
export const writeLog = (level: 'INFO' | 'WARN' | 'ERROR', message: string, fields: Readonly<Record<string, unknown>>): void => {
  process.stdout.write(`${JSON.stringify({ level, message, ...fields })}\n`);
};
