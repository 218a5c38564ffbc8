import { dataEndpoints as at } from './endpoints.ts';
import { invalidAnswer } from './network-error.ts';
import type { PlinthError } from './plinth-error.ts';
import { expectObject, problemError } from './read-answer.ts';
import type { ModelName, NewRecord, RecordFields, RecordPatch, RecordType } from './record-types.ts';
import type { CallOptions, Transport, WriteOptions } from './transport.ts';

/** What an operation is done under. */
export interface OperationOptions {
  /** Only if the record still has this `version`. @default whatever version it has */
  readonly ifMatch?: number | undefined;
}

/** One operation of a transaction or batch. `R` is the record that it is about; made by {@link RecordOperations}. */
export interface RecordOperation<Op extends string = string, R = unknown> {
  readonly op: Op;
  readonly model: string;
  readonly id?: string;
  readonly ifMatch?: number | undefined;
  readonly body?: unknown;
  /** Carries the type; nothing is there at run time. */
  readonly record?: R;
}

/** Writes of one model, to be sent together with others. */
export class RecordOperations<D, N extends ModelName<D>> {
  readonly #model: string;

  constructor(model: string) {
    this.#model = model;
  }

  create(record: NewRecord<D, N>): RecordOperation<'create', RecordType<D, N>> {
    return { op: 'create', model: this.#model, body: record };
  }

  /** Changes the given fields, as `client.data.<Model>.update` does. */
  update(id: string, patch: RecordPatch<D, N>, options?: OperationOptions): RecordOperation<'update', RecordType<D, N>> {
    return { op: 'update', model: this.#model, id, ifMatch: options?.ifMatch, body: patch };
  }

  replace(id: string, record: RecordFields<D, N>, options?: OperationOptions): RecordOperation<'replace', RecordType<D, N>> {
    return { op: 'replace', model: this.#model, id, ifMatch: options?.ifMatch, body: record };
  }

  delete(id: string, options?: OperationOptions): RecordOperation<'delete', RecordType<D, N>> {
    return { op: 'delete', model: this.#model, id, ifMatch: options?.ifMatch };
  }

  /** Writes nothing, but the transaction is done only if the record is there, readable, and of this version. */
  check(id: string, options?: OperationOptions): RecordOperation<'check', RecordType<D, N>> {
    return { op: 'check', model: this.#model, id, ifMatch: options?.ifMatch };
  }
}

/** The operations of all models, by the names of the models. */
export type OperationsByModel<D> = { readonly [N in ModelName<D>]: RecordOperations<D, N> };

/** Options of a transaction. */
export interface TransactionOptions<R extends boolean> extends WriteOptions {
  /** Return updated and replaced records, too; they are then read before. @default false: their ids only */
  readonly returnRecords?: R;
}

type TransactionResult<O, R extends boolean> =
  O extends RecordOperation<infer Op, infer Row>
    ? Op extends 'create'
      ? Row
      : Op extends 'update' | 'replace'
        ? R extends true
          ? Row
          : { readonly id: string }
        : { readonly id: string }
    : never;

/** What a transaction returns: of each operation, in their order, the record or its id. */
export type TransactionResults<O, R extends boolean> = { readonly [I in keyof O]: TransactionResult<O[I], R> };

/** What became of one item of a batch. */
export type BatchResult<R> = { readonly ok: true; readonly record: R } | { readonly ok: false; readonly error: PlinthError };

type WriteResult<O> = O extends RecordOperation<infer Op, infer Row> ? BatchResult<Op extends 'delete' ? undefined : Row> : never;

/** What a batch of writes returns, in the order of the operations. */
export type BatchWriteResults<O> = { readonly [I in keyof O]: WriteResult<O[I]> };

/** A record to read. */
export interface RecordAddress<N extends string> {
  readonly model: N;
  readonly id: string;
}

/** What a batch of reads returns, in the order of the items. */
export type BatchReadResults<D, I> = {
  readonly [K in keyof I]: I[K] extends RecordAddress<infer N extends ModelName<D>> ? BatchResult<RecordType<D, N>> : never;
};

/** Options of a batch of reads. */
export interface BatchReadOptions extends CallOptions {
  /** See every write that was answered before, at twice the read units. @default false */
  readonly consistent?: boolean;
}

const resultsOf = (answer: unknown): readonly Readonly<Record<string, unknown>>[] => {
  const { results } = expectObject(answer);
  if (!Array.isArray(results)) throw invalidAnswer('the results are missing');
  return results.map(expectObject);
};

const batchResult = ({ status, record, problem }: Readonly<Record<string, unknown>>): BatchResult<unknown> =>
  problem === undefined ? { ok: true, record } : { ok: false, error: problemError(Number(status), expectObject(problem)) };

/** Sends all operations as one; all of them are done, or none. */
export const sendTransaction = async (
  transport: Transport,
  operations: readonly RecordOperation[],
  { returnRecords, ...options }: TransactionOptions<boolean> = {},
): Promise<unknown> =>
  resultsOf(await transport.send(at.runTransaction, { ...options, body: { operations, returnRecords } })).map(
    ({ id, record }) => record ?? { id },
  );

/** Many records in one request, each on its own: what is refused of one leaves the others alone. */
export class BatchClient<D> {
  readonly #transport: Transport;
  readonly #operations: OperationsByModel<D>;

  constructor(transport: Transport, operations: OperationsByModel<D>) {
    this.#transport = transport;
    this.#operations = operations;
  }

  /**
   * Reads up to 100 records.
   *
   * @example
   * ```ts
   * const [note, author] = await client.batch.read([{ model: 'Note', id }, { model: 'Author', id: authorId }]);
   * if (note.ok) console.log(note.record.title);
   * ```
   */
  async read<const I extends readonly RecordAddress<ModelName<D>>[]>(
    items: I,
    options: BatchReadOptions = {},
  ): Promise<BatchReadResults<D, I>> {
    const { consistent, signal } = options;
    const answer = await this.#transport.send(at.readBatch, { signal, body: { items, consistent } });
    return resultsOf(answer).map(batchResult) as BatchReadResults<D, I>;
  }

  /**
   * Does up to 100 writes. With an idempotency key, each of them has its effect once.
   *
   * @example
   * ```ts
   * const results = await client.batch.write((write) => ids.map((id) => write.Note.update(id, { archived: true })));
   * ```
   */
  async write<const O extends readonly RecordOperation<'create' | 'update' | 'replace' | 'delete'>[]>(
    build: (write: OperationsByModel<D>) => O,
    options?: WriteOptions,
  ): Promise<BatchWriteResults<O>> {
    const answer = await this.#transport.send(at.writeBatch, { ...options, body: { operations: build(this.#operations) } });
    return resultsOf(answer).map(batchResult) as BatchWriteResults<O>;
  }
}
