import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalBackend, startLocal } from '../../local/local-backend.ts';

const root = join(import.meta.dirname, '..', '..');

/** What a run of the CLI left behind. */
export interface CliRun {
  readonly code: number | null;
  /** Standard output and standard error, as a person sees them. */
  readonly text: string;
}

/** What the API answers with, as far as the tests look into it. */
export interface Answer {
  readonly items: readonly (Readonly<Record<string, unknown>> & { readonly id: string })[];
  readonly [name: string]: unknown;
}

/** A project in a folder of its own, whose app is `versions-app.ts` in one of its versions. */
export class CliProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'plinth-cli-'));
  version = 'first';
  #backend: LocalBackend | undefined;
  #assemblies = 0;

  constructor() {
    writeFileSync(join(this.folder, 'cdk.json'), JSON.stringify({ app: `${process.execPath} ${join(root, 'test/cli/versions-app.ts')}` }));
  }

  get backend(): LocalBackend {
    if (this.#backend === undefined) throw new Error('no backend runs');
    return this.#backend;
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  read(...names: string[]): string {
    return readFileSync(this.path(...names), 'utf8');
  }

  /** Runs `plinth` in the project, as a child process without a terminal. */
  run(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<CliRun> {
    const env = { ...process.env, ...environment, TEST_VERSION: this.version, NO_COLOR: '1' };
    const child = spawn(process.execPath, [join(root, 'bin/plinth.ts'), ...args], { cwd: this.folder, env });
    let text = '';
    const add = (chunk: Buffer): void => {
      text += chunk.toString();
    };
    child.stdout.on('data', add);
    child.stderr.on('data', add);
    return new Promise((done, failed) => {
      child.on('error', failed);
      child.on('close', (code) => done({ code, text }));
    });
  }

  /** Makes a version the present one and runs it on the data of the one before. */
  async start(version: string): Promise<void> {
    await this.stop();
    this.version = version;
    const { text } = await this.run(['schema', 'status']);
    const assembly = this.path(`assembly-${this.#assemblies++}`);
    try {
      cpSync(this.path('.plinth', 'schema', 'cdk.out'), assembly, { recursive: true });
    } catch (cause) {
      throw new Error(text, { cause });
    }
    this.#backend = await startLocal({ assembly, folder: this.path('.plinth', 'state') });
  }

  async stop(): Promise<void> {
    await this.#backend?.dispose();
    this.#backend = undefined;
  }

  /** Calls the API as a guest. */
  async call(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: Answer }> {
    const response = await fetch(`${this.backend.apiUrl}${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as Answer };
  }

  async dispose(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
