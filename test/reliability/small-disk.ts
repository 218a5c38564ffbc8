import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of a few megabytes, in memory. Only root may mount one. */
export class SmallDisk {
  readonly folder = mkdtempSync(join(tmpdir(), 'plinth-disk-'));
  /** Whether this system lets us have one. */
  readonly isThere = this.#mount('size=1m');

  /** Begins with an empty disk of this size. */
  renew(megabytes: number): void {
    this.#unmount();
    if (!this.#mount(`size=${megabytes}m`)) throw new Error(`no file system of ${megabytes} MB could be mounted`);
  }

  /** Gives it this size; what is on it stays. */
  resize(megabytes: number): void {
    if (!this.#mount(`remount,size=${megabytes}m`)) throw new Error(`the file system could not get ${megabytes} MB`);
  }

  remove(): void {
    if (this.isThere) this.#unmount();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #mount(options: string): boolean {
    return spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', this.folder]).status === 0;
  }

  #unmount(): void {
    // Lazily: a process that was killed may let go of its files a moment later.
    spawnSync('umount', ['-l', this.folder]);
  }
}
