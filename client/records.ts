import type { Page } from '../contracts/data.ts';
import { dataEndpoints as at } from './endpoints.ts';
import { invalidAnswer } from './network-error.ts';
import { expectObject, expectPage } from './read-answer.ts';
import type {
  Count,
  CountQuery,
  ListQuery,
  ModelName,
  NewRecord,
  ReadQuery,
  RecordFields,
  RecordPatch,
  RecordType,
  RelationPath,
  Result,
  Shape,
  UniqueField,
} from './record-types.ts';
import {
  type Call,
  type CallOptions,
  type ChangeOptions,
  type Endpoint,
  ifMatchHeader,
  type Transport,
  type WriteOptions,
} from './transport.ts';

const shapeQuery = ({ fields, expand }: Shape<PropertyKey, string>) => ({ fields: fields?.join(), expand: expand?.join() });

const readQuery = (query: ReadQuery<PropertyKey, string>) => ({ ...shapeQuery(query), consistent: query.consistent });

const filterQuery = ({ filter }: CountQuery<object>) => ({ filter: filter && JSON.stringify(filter) });

/**
 * The records of one model: one method for each route under `/data/{model}`.
 * `D` is the definition, `N` the model's name; all types come from the definition.
 *
 * @example
 * ```ts
 * const note = await client.data.Note.create({ title: 'Milk' });
 * await client.data.Note.update(note.id, { title: 'Oat milk' }, { ifMatch: note.version });
 * const { items, cursor } = await client.data.Note.list({ filter: { archived: false }, sort: '-createdAt', limit: 50 });
 * ```
 */
export class RecordsClient<D, N extends ModelName<D>> {
  readonly #transport: Transport;
  readonly #model: string;

  constructor(transport: Transport, model: string) {
    this.#transport = transport;
    this.#model = model;
  }

  /** A page of the records that the caller may read. Give `cursor` of the page back to get the next one. */
  async list<F extends keyof RecordType<D, N> = keyof RecordType<D, N>, E extends RelationPath<D, N> = never>(
    query: ListQuery<RecordType<D, N>, F, E> = {},
    options?: CallOptions,
  ): Promise<Page<Result<D, N, F, E>>> {
    const { limit, cursor, sort } = query;
    const answer = await this.#transport.send(at.listRecords, {
      path: { model: this.#model },
      query: { ...filterQuery(query), sort, limit, cursor, ...shapeQuery(query) },
      signal: options?.signal,
    });
    return expectPage(answer);
  }

  /**
   * The records of all pages, one after the other. A page is asked for when the loop gets there.
   *
   * @example
   * ```ts
   * for await (const note of client.data.Note.all({ filter: { archived: true } })) console.log(note.title);
   * ```
   */
  async *all<F extends keyof RecordType<D, N> = keyof RecordType<D, N>, E extends RelationPath<D, N> = never>(
    query: ListQuery<RecordType<D, N>, F, E> = {},
    options?: CallOptions,
  ): AsyncGenerator<Result<D, N, F, E>, void, undefined> {
    let { cursor } = query;
    do {
      const page = await this.list({ ...query, cursor } as typeof query, options);
      yield* page.items;
      if (page.cursor !== undefined && page.cursor === cursor) throw invalidAnswer('the list does not go on');
      cursor = page.cursor;
    } while (cursor !== undefined);
  }

  /** How many records there are that the caller may read. */
  async count(query: CountQuery<RecordType<D, N>> = {}, options?: CallOptions): Promise<Count> {
    const answer = await this.#transport.send(at.countRecords, {
      path: { model: this.#model },
      query: filterQuery(query),
      signal: options?.signal,
    });
    const { count, complete } = expectObject(answer);
    if (typeof count !== 'number' || typeof complete !== 'boolean') throw invalidAnswer('a count is missing');
    return { count, complete };
  }

  /** The record that holds this value in a unique field. */
  async lookUp<
    U extends UniqueField<D, N>,
    F extends keyof RecordType<D, N> = keyof RecordType<D, N>,
    E extends RelationPath<D, N> = never,
  >(
    field: U,
    value: NonNullable<RecordType<D, N>[U & keyof RecordType<D, N>]>,
    query: ReadQuery<F, E> = {},
    options?: CallOptions,
  ): Promise<Result<D, N, F, E>> {
    const path = { model: this.#model, field, value: String(value) };
    return this.#record(at.lookUpRecord, { path, query: readQuery(query), signal: options?.signal });
  }

  /** One record. */
  async read<F extends keyof RecordType<D, N> = keyof RecordType<D, N>, E extends RelationPath<D, N> = never>(
    id: string,
    query: ReadQuery<F, E> = {},
    options?: CallOptions,
  ): Promise<Result<D, N, F, E>> {
    return this.#record(at.readRecord, { path: this.#path(id), query: readQuery(query), signal: options?.signal });
  }

  /**
   * Creates a record; the backend makes its id unless one is given. This and the other writes return of a record that
   * the caller may write but not read what the server has set, and nothing else.
   */
  create(record: NewRecord<D, N>, options?: WriteOptions): Promise<RecordType<D, N>> {
    return this.#record(at.createRecord, { ...options, path: { model: this.#model }, body: record });
  }

  /** Changes the given fields; null removes an optional one. */
  update(id: string, patch: RecordPatch<D, N>, options?: ChangeOptions): Promise<RecordType<D, N>> {
    return this.#record(at.updateRecord, { ...this.#change(id, options), body: patch });
  }

  /** Replaces all fields; those that are left out are gone, or have their default. */
  replace(id: string, record: RecordFields<D, N>, options?: ChangeOptions): Promise<RecordType<D, N>> {
    return this.#record(at.replaceRecord, { ...this.#change(id, options), body: record });
  }

  async delete(id: string, options?: ChangeOptions): Promise<void> {
    await this.#transport.send(at.deleteRecord, this.#change(id, options));
  }

  #path(id: string): Readonly<Record<string, string>> {
    return { model: this.#model, id };
  }

  #change(id: string, { ifMatch, idempotencyKey, signal }: ChangeOptions = {}): Call {
    return { path: this.#path(id), idempotencyKey, signal, headers: ifMatchHeader(ifMatch) };
  }

  async #record<T>(endpoint: Endpoint, call: Call): Promise<T> {
    return expectObject(await this.#transport.send(endpoint, call)) as T;
  }
}
