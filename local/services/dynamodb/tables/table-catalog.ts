import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '../../../clock.ts';
import type { LocalAccount } from '../../service.ts';
import { tableNotFound } from '../dynamodb-errors.ts';
import { type Database, prefixRange, type StoreOperation } from '../storage/database.ts';
import { Purges } from '../storage/purges.ts';
import { expiryPrefix, indexPrefix, Table } from './table.ts';
import type {
  IndexDefinition,
  StoredExpiry,
  StoredIndex,
  StoredStream,
  StoredTable,
  StreamViewType,
  TableSettings,
} from './table-definition.ts';
import { tableArn } from './template-table.ts';

const DEFINITION_PREFIX = 'd!';
/** Where the records of a stream lie. */
export function streamPrefix(table: StoredTable, stream: StoredStream): string {
  return `s!${table.id}!${stream.label}!`;
}

/** The tables of the store. Definitions are read once and kept in memory; every change of one is a batch of its own. */
export class TableCatalog {
  readonly #database: Database;
  readonly #account: LocalAccount;
  readonly #clock: Clock;
  readonly #purges: Purges;
  readonly #tables = new Map<string, Table>();
  readonly #background = new Set<Promise<void>>();

  constructor(database: Database, account: LocalAccount, clock: Clock) {
    this.#database = database;
    this.#account = account;
    this.#clock = clock;
    this.#purges = new Purges(database);
  }

  async load(): Promise<void> {
    for await (const [, stored] of this.#database.entries<StoredTable>(prefixRange(DEFINITION_PREFIX))) this.#remember(stored);
    await this.#purges.resume();
  }

  /** @throws AwsError `ResourceNotFoundException`. */
  get(nameOrArn: string): Table {
    const table = this.find(nameOrArn);
    if (table === undefined) throw tableNotFound();
    return table;
  }

  /** AWS takes a table's ARN wherever it takes its name. */
  find(nameOrArn: string): Table | undefined {
    return this.#tables.get(tableNameOf(nameOrArn));
  }

  arnOf(nameOrArn: string): string {
    return tableArn(this.#account, tableNameOf(nameOrArn));
  }

  /** All tables by name. */
  list(): Table[] {
    return [...this.#tables.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async create(settings: TableSettings, streamLabel?: string): Promise<Table> {
    const { indexes, streamViewType, ttlAttribute, ...rest } = settings;
    const stored: StoredTable = {
      ...rest,
      id: newId(),
      uuid: randomUUID(),
      createdAt: this.#clock.now(),
      indexes: indexes.map((index) => ({ ...index, id: newId(), status: 'ACTIVE' })),
      ...(streamViewType && { stream: this.newStream(streamViewType, streamLabel) }),
      ...(ttlAttribute && { expiry: { attribute: ttlAttribute, id: newId(), status: 'ACTIVE' } }),
    };
    return this.#save(stored, []);
  }

  /** Replaces a definition. Writes that are decided after this call follow the new one. */
  async replace(table: Table, changes: Partial<StoredTable>): Promise<Table> {
    const stored = { ...table.stored, ...changes };
    const prefixes = droppedPrefixes(table.stored, stored);
    const saved = this.#save(
      stored,
      prefixes.map((prefix) => this.#purges.marker(prefix)),
    );
    const result = await saved;
    for (const prefix of prefixes) this.#runInBackground(this.#purges.run(prefix));
    return result;
  }

  async remove(table: Table): Promise<void> {
    const { id } = table.stored;
    const prefixes = [table.itemPrefix, `x!${id}!`, `e!${id}!`, `s!${id}!`, `c!${id}!`];
    const operations: StoreOperation[] = prefixes.map((prefix) => this.#purges.marker(prefix));
    this.#tables.delete(table.name);
    await this.#database.commit({ operations: [{ type: 'del', key: DEFINITION_PREFIX + table.name }, ...operations], increments: [] });
    for (const prefix of prefixes) this.#runInBackground(this.#purges.run(prefix));
  }

  newIndex(definition: IndexDefinition): StoredIndex {
    return { ...definition, id: newId(), status: 'CREATING' };
  }

  newExpiry(attribute: string): StoredExpiry {
    return { attribute, id: newId(), status: 'CREATING' };
  }

  newStream(viewType: StreamViewType, label?: string): StoredStream {
    const createdAt = this.#clock.now();
    return { label: label ?? new Date(createdAt).toISOString().slice(0, -1), viewType, enabled: true, createdAt };
  }

  /** Resolves when no purge runs any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#background);
  }

  async #save(stored: StoredTable, operations: readonly StoreOperation[]): Promise<Table> {
    const table = this.#remember(stored);
    await this.#database.commit({
      operations: [{ type: 'put', key: DEFINITION_PREFIX + stored.name, value: stored }, ...operations],
      increments: [],
    });
    return table;
  }

  #remember(stored: StoredTable): Table {
    const table = new Table(stored, tableArn(this.#account, stored.name));
    this.#tables.set(stored.name, table);
    return table;
  }

  #runInBackground(work: Promise<void>): void {
    // A purge that fails (the store closes) is finished by the next start.
    const guarded = work.catch(() => {}).finally(() => this.#background.delete(guarded));
    this.#background.add(guarded);
  }
}

export function tableNameOf(nameOrArn: string): string {
  return nameOrArn.startsWith('arn:') ? (nameOrArn.split(':table/')[1]?.split('/')[0] ?? nameOrArn) : nameOrArn;
}

function droppedPrefixes(before: StoredTable, after: StoredTable): string[] {
  const kept = new Set(after.indexes.map((index) => index.id));
  const indexes = before.indexes.filter((index) => !kept.has(index.id));
  const prefixes = indexes.flatMap((index) => [indexPrefix(before.id, index.id), `c!${before.id}!${index.id}!`]);
  const dropped = before.expiry !== undefined && before.expiry.id !== after.expiry?.id ? before.expiry : undefined;
  return dropped === undefined ? prefixes : [...prefixes, expiryPrefix(before.id, dropped)];
}

function newId(): string {
  return randomBytes(6).toString('hex');
}
