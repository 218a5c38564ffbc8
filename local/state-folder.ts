import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockFolder } from './folder-lock.ts';
import { StartError } from './start-error.ts';

/** Raised when an older version could misread what this one writes. */
const FORMAT_VERSION = 1;

/** The folder in which a local backend keeps everything. */
export class StateFolder {
  readonly path: string;
  readonly #release: () => void;

  private constructor(path: string, release: () => void) {
    this.path = path;
    this.#release = release;
  }

  /**
   * @throws StartError when another process runs on the folder, or a newer version wrote it
   */
  static open(path: string): StateFolder {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const release = lockFolder(path);
    try {
      checkFormat(path);
    } catch (error) {
      release();
      throw error;
    }
    return new StateFolder(path, release);
  }

  /** A service's own folder. */
  folderOf(name: string): string {
    const folder = join(this.path, name);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  /** Whether there is such a file or folder. */
  has(name: string): boolean {
    return existsSync(this.file(name));
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** Writes a JSON file that only its owner may read. */
  writePrivate(name: string, content: unknown): void {
    const file = this.file(name);
    writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
    // The mode above counts for a new file only.
    chmodSync(file, 0o600);
  }

  remove(name: string): void {
    rmSync(this.file(name), { force: true });
  }

  /** Lets other processes have the folder. */
  release(): void {
    this.#release();
  }
}

function checkFormat(path: string): void {
  const file = join(path, 'format.json');
  if (!existsSync(file)) {
    writeFileSync(file, `${JSON.stringify({ version: FORMAT_VERSION })}\n`);
    return;
  }
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version?: unknown };
  if (version === FORMAT_VERSION) return;
  throw new StartError(
    `The data in ${path} has format ${String(version)}, and this version reads format ${FORMAT_VERSION}.`,
    'Run it with the version that wrote it, or begin anew with an empty folder.',
  );
}
