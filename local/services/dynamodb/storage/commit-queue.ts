import type { Change, StoreOperation } from './database.ts';

interface PendingValue {
  readonly value: unknown;
  readonly batch: Batch;
}

interface Batch {
  readonly operations: StoreOperation[];
  readonly increments: Map<string, number>;
  readonly done: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Writes changes in order, one batch at a time; what arrives while a batch is being written makes up the next one. */
export class CommitQueue {
  /** Durable totals. A batch carries the new totals of the counters that its changes touch. */
  readonly counters = new Map<string, number>();
  readonly #write: (operations: readonly StoreOperation[]) => Promise<void>;
  readonly #counterPrefix: string;
  readonly #pending = new Map<string, PendingValue>();
  #writing: Batch | undefined;
  #next: Batch | undefined;

  constructor(write: (operations: readonly StoreOperation[]) => Promise<void>, counterPrefix: string) {
    this.#write = write;
    this.#counterPrefix = counterPrefix;
  }

  /** The value that is waiting to be written for this key. */
  pending(key: string): { value: unknown } | undefined {
    return this.#pending.get(key);
  }

  commit(change: Change): Promise<void> {
    this.#next ??= emptyBatch();
    const batch = this.#next;
    for (const operation of change.operations) {
      batch.operations.push(operation);
      this.#pending.set(operation.key, { value: operation.type === 'put' ? operation.value : undefined, batch });
    }
    for (const [counter, by] of change.increments) batch.increments.set(counter, (batch.increments.get(counter) ?? 0) + by);
    if (this.#writing === undefined) this.#writeNext();
    return batch.done;
  }

  flushed(): Promise<void> {
    return (this.#next ?? this.#writing)?.done ?? Promise.resolve();
  }

  #writeNext(): void {
    const batch = this.#next;
    this.#writing = batch;
    this.#next = undefined;
    if (batch !== undefined) void this.#writeBatch(batch);
  }

  async #writeBatch(batch: Batch): Promise<void> {
    const totals = [...batch.increments].map(([counter, by]) => [counter, (this.counters.get(counter) ?? 0) + by] as const);
    const operations = batch.operations;
    for (const [counter, total] of totals) operations.push({ type: 'put', key: this.#counterPrefix + counter, value: total });
    try {
      await this.#write(operations);
    } catch (error) {
      this.#fail(batch, error);
      return;
    }
    for (const [counter, total] of totals) this.counters.set(counter, total);
    for (const { key } of operations) {
      if (this.#pending.get(key)?.batch === batch) this.#pending.delete(key);
    }
    batch.resolve();
    this.#writeNext();
  }

  /** What waits behind a failed batch was decided on values that never came to be, so it fails too. */
  #fail(batch: Batch, error: unknown): void {
    const next = this.#next;
    this.#pending.clear();
    this.#next = undefined;
    this.#writing = undefined;
    batch.reject(error);
    next?.reject(error);
  }
}

function emptyBatch(): Batch {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  promise.catch(() => {});
  return { operations: [], increments: new Map(), done: promise, resolve, reject };
}
