import type { LocalLog } from '../../log.ts';
import type { LogLevel } from './runtime-protocol.ts';

const NEWLINES = /\r\n|\r|\n/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL_CHARACTERS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Writes what functions print, one log line a printed line, so that no output can forge another's or move the cursor. */
export function writeFunctionLog(log: LocalLog, functionName: string, level: LogLevel, printed: string): void {
  for (const line of printed.split(NEWLINES)) {
    const safe = line.replace(CONTROL_CHARACTERS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
    if (level === 'debug') log.debug?.(functionName, safe);
    else log[level](functionName, safe);
  }
}
