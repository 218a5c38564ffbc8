import { type LocalBackend, type LocalOptions, startLocal } from '../../local/local-backend.ts';
import { newPerson, type Person } from '../data/relations-backend.ts';
import { cachedAssembly } from '../support/cached-assembly.ts';
import { type ApiAnswer, type ApiCall, callApi } from '../support/call-api.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
export type Body = any;
export interface FunctionsAnswer extends ApiAnswer {
  readonly json: Body;
}

/** A line of the log, with the name of the function that wrote it. */
export interface LoggedLine {
  readonly source: string;
  readonly level: string;
  readonly text: string;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The backend of an app of this folder in local mode, over HTTP. */
export class FunctionsBackend {
  readonly local: LocalBackend;
  readonly lines: LoggedLine[];

  private constructor(local: LocalBackend, lines: LoggedLine[]) {
    this.local = local;
    this.lines = lines;
  }

  /** What the log says of this work. */
  async logOf(work: () => Promise<unknown>): Promise<string> {
    const before = this.lines.length;
    await work();
    return this.lines
      .slice(before)
      .map(({ text }) => text)
      .join('\n');
  }

  static async start(app: string, options: Partial<LocalOptions> = {}, sources: readonly string[] = []): Promise<FunctionsBackend> {
    const lines: LoggedLine[] = [];
    const write = (level: string) => (source: string, text: string) => {
      lines.push({ source, level, text });
    };
    const log = { info: write('info'), warn: write('warn'), error: write('error') };
    const assembly = cachedAssembly({
      app: `test/functions/${app}.ts`,
      sources: [`test/functions/${app}.ts`, 'test/functions/code', ...sources],
    });
    return new FunctionsBackend(await startLocal({ assembly, log, ...options }), lines);
  }

  person(...groups: readonly string[]): Promise<Person> {
    return newPerson(this.local, groups);
  }

  call(who: Person | undefined, call: ApiCall): Promise<FunctionsAnswer> {
    return callApi(this.local.apiUrl, { ...call, token: who?.token });
  }

  /** Calls a function by its name. */
  run(who: Person | undefined, name: string, body: unknown): Promise<FunctionsAnswer> {
    return this.call(who, { method: 'POST', path: `/functions/${name}`, body });
  }

  /** What functions have logged, in one text. */
  logged(): string {
    return this.lines.map(({ source, level, text }) => `${source} ${level} ${text}`).join('\n');
  }

  /** Waits until something holds. */
  async until<T>(look: () => T | undefined | Promise<T | undefined>, ms = 60_000): Promise<T> {
    for (const end = Date.now() + ms; Date.now() < end; ) {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      await wait(50);
    }
    throw new Error(`it did not come about within ${ms} ms:\n${this.logged()}`);
  }

  stop(): Promise<void> {
    return this.local.dispose();
  }
}
