import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { createSrpSession, signSrpSession } from 'cognito-srp-helper';
import type { SrpCall } from './srp-client-worker.ts';

type SrpSession = ReturnType<typeof createSrpSession>;
type SrpSessionSigned = ReturnType<typeof signSrpSession>;

/** An SRP client that is not ours, in a thread: its big-number library is 30 times slower inside of Jest's sandbox. */
export class SrpClient {
  readonly #worker = new Worker(join(import.meta.dirname, 'srp-client-worker.ts'));
  #queue: Promise<unknown> = Promise.resolve();

  start(username: string, password: string, poolId: string): Promise<SrpSession> {
    return this.#call('createSrpSession', [username, password, poolId, false]) as Promise<SrpSession>;
  }

  sign(session: SrpSession, challenge: object): Promise<SrpSessionSigned> {
    return this.#call('signSrpSession', [session, challenge]) as Promise<SrpSessionSigned>;
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #call(name: SrpCall['name'], args: readonly unknown[]): Promise<unknown> {
    const result = this.#queue.then(async () => {
      this.#worker.postMessage({ name, args: structuredClone(args) });
      const [reply] = await once(this.#worker, 'message');
      return reply as unknown;
    });
    this.#queue = result.catch(() => {});
    return result;
  }
}
