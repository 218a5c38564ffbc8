import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

interface Answer {
  readonly id: string;
  readonly result?: APIGatewayProxyStructuredResultV2;
  readonly error?: string;
}

/** A function's bundle in a thread of its own. */
export class FunctionThread {
  /** What the function has written. */
  log = '';
  readonly #worker: Worker;
  readonly #waiting = new Map<string, (answer: Answer) => void>();

  constructor(file: string, environment: Readonly<Record<string, string>>) {
    this.#worker = new Worker(join(import.meta.dirname, 'function-worker.cjs'), {
      workerData: { file },
      env: environment,
      stdout: true,
      stderr: true,
    });
    for (const stream of [this.#worker.stdout, this.#worker.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.log += text;
      });
    }
    this.#worker.on('message', (answer: Answer) => {
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    this.#worker.on('error', (error) => this.#failAll(String(error)));
    this.#worker.unref();
  }

  async invoke(event: object, offsetMs: number): Promise<APIGatewayProxyStructuredResultV2> {
    const id = randomUUID();
    const answer = await new Promise<Answer>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#worker.postMessage({ id, event, offsetMs, requestId: randomUUID() });
    });
    if (answer.result === undefined) throw new Error(`the function failed: ${answer.error}\n${this.log}`);
    return answer.result;
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #failAll(error: string): void {
    for (const [id, answer] of this.#waiting) answer({ id, error });
    this.#waiting.clear();
  }
}
