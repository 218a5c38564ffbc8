import { appendFileSync } from 'node:fs';
import { stripVTControlCharacters, styleText } from 'node:util';
import type { LocalLog } from '../local/log.ts';

type Level = 'info' | 'warn' | 'error';

const colours = { info: 'dim', warn: 'yellow', error: 'red' } as const;

/** A request line of a handler (`lambdas/runtime/log-request.ts`). */
interface RequestLine {
  readonly message: 'request';
  readonly route?: string;
  readonly status: number;
  readonly durationMs: number;
  readonly requestId: string;
  readonly error?: { readonly stack?: string };
}

const asRequestLine = (message: string): RequestLine | undefined => {
  if (!message.startsWith('{')) return undefined;
  try {
    const line = JSON.parse(message) as Partial<RequestLine>;
    return line.message === 'request' ? (line as RequestLine) : undefined;
  } catch {
    return undefined;
  }
};

/** A handler's JSON line as people read it; other lines as they are. */
const readable = (message: string): string => {
  const line = asRequestLine(message);
  if (line === undefined) return message;
  const colour = line.status >= 500 ? 'red' : line.status >= 400 ? 'yellow' : 'green';
  const stack = line.error?.stack === undefined ? '' : `\n${line.error.stack}`;
  return `${styleText(colour, String(line.status))} ${line.route ?? 'unknown route'} ${line.durationMs} ms${stack}`;
};

/**
 * The log of `plinth dev`: readable lines on the terminal, JSON lines in a file.
 *
 * @param file where the JSON lines are appended
 */
export const terminalLog = (file: string): LocalLog => {
  const write = (level: Level, source: string, message: string): void => {
    // A log line is somebody's text: it must not move the cursor or forge a line.
    const text = stripVTControlCharacters(message);
    const time = new Date().toISOString();
    appendFileSync(file, `${JSON.stringify({ time, level, source, message: text })}\n`);
    process.stdout.write(`${styleText('dim', time.slice(11, 19))} ${styleText(colours[level], source)} ${readable(text)}\n`);
  };
  return {
    info: (source, message) => write('info', source, message),
    warn: (source, message) => write('warn', source, message),
    error: (source, message) => write('error', source, message),
  };
};
