/** Where local mode writes what happens: the terminal, a file, or nowhere (tests). */
export interface LocalLog {
  info(source: string, message: string): void;
  warn(source: string, message: string): void;
  error(source: string, message: string): void;
  /** Absent where nobody wants to see each request: then nothing is formatted for it. */
  debug?(source: string, message: string): void;
}

export const silentLog: LocalLog = { info: () => {}, warn: () => {}, error: () => {} };
