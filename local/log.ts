/** Where local mode writes what happens: the terminal, a file, or nowhere (tests). */
export interface LocalLog {
  info(source: string, message: string): void;
  warn(source: string, message: string): void;
  error(source: string, message: string): void;
}

export const silentLog: LocalLog = { info: () => {}, warn: () => {}, error: () => {} };
