import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { LoadOrder, LoadResult } from './load-process.ts';

/** Sends load from a process of its own, the same one for every target. */
export class LoadGenerator {
  readonly #child: ChildProcess = fork(join(import.meta.dirname, 'load-process.ts'));

  /** @throws Error when a request fails; the process has then written why */
  run(order: LoadOrder): Promise<LoadResult> {
    return new Promise((done, failed) => {
      const onExit = (code: number | null): void => failed(new Error(`the load generator ended with ${code}`));
      this.#child.once('exit', onExit);
      this.#child.once('message', (result) => {
        this.#child.off('exit', onExit);
        done(result as LoadResult);
      });
      this.#child.send(order);
    });
  }

  stop(): void {
    this.#child.kill();
  }
}
