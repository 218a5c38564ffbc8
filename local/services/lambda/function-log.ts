import type { LocalLog } from '../../log.ts';
import { escapeControls } from '../../log-text.ts';
import type { LogLevel } from './runtime-protocol.ts';

/** Writes what a function prints. A text of several lines stays one entry, so that a stack and its message are not torn apart. */
export function writeFunctionLog(log: LocalLog, functionName: string, level: LogLevel, printed: string): void {
  const text = escapeControls(printed.replaceAll('\r\n', '\n'));
  if (level === 'debug') log.debug?.(functionName, text);
  else log[level](functionName, text);
}
