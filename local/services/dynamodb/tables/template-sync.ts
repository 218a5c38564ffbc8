import type { LocalLog } from '../../../log.ts';
import type { IndexBuilder } from './index-builder.ts';
import type { Table } from './table.ts';
import type { TableCatalog } from './table-catalog.ts';
import type { IndexDefinition, StoredIndex, StoredTable, TableSettings } from './table-definition.ts';
import { TEMPLATE_STREAM_LABEL } from './template-table.ts';

/** Brings the stored tables into line with the template, as a deployment would. Items are never touched. */
export class TemplateSync {
  readonly #catalog: TableCatalog;
  readonly #builder: IndexBuilder;
  readonly #log: LocalLog;

  constructor(catalog: TableCatalog, builder: IndexBuilder, log: LocalLog) {
    this.#catalog = catalog;
    this.#builder = builder;
    this.#log = log;
  }

  /** @throws Error when only a new, empty table could follow the change. */
  async apply(settings: TableSettings): Promise<void> {
    const table = this.#catalog.find(settings.name);
    if (table === undefined) {
      await this.#catalog.create(settings, TEMPLATE_STREAM_LABEL);
      return;
    }
    refuseReplacement(table, settings);
    const changes = this.#changes(table, settings);
    if (JSON.stringify({ ...table.stored, ...changes }) !== JSON.stringify(table.stored)) await this.#catalog.replace(table, changes);
    await this.#builder.build(table.name);
  }

  #changes(table: Table, settings: TableSettings): Partial<StoredTable> {
    const { indexes: _indexes, streamViewType: _view, ttlAttribute: _ttl, throughput, tableClass, ...plain } = settings;
    return {
      ...plain,
      throughput,
      tableClass,
      indexes: this.#indexes(table, settings),
      stream: this.#stream(table, settings),
      expiry: this.#expiry(table, settings),
    };
  }

  #indexes(table: Table, settings: TableSettings): StoredIndex[] {
    let created = 0;
    const indexes = settings.indexes.map((wanted) => {
      const stored = table.stored.indexes.find((index) => index.name === wanted.name);
      if (stored !== undefined && sameIndex(stored, wanted, table, settings)) return { ...stored, throughput: wanted.throughput };
      created += 1;
      return this.#catalog.newIndex(wanted);
    });
    if (created > 1) {
      this.#log.warn(
        'dynamodb',
        `${table.name}: ${created} indexes are new; CloudFormation creates one per deployment, so deploy them one by one`,
      );
    }
    return indexes;
  }

  #stream(table: Table, settings: TableSettings): StoredTable['stream'] {
    const { stream } = table.stored;
    if (settings.streamViewType === undefined) return stream && { ...stream, enabled: false };
    if (stream?.label === TEMPLATE_STREAM_LABEL) return { ...stream, viewType: settings.streamViewType, enabled: true };
    return this.#catalog.newStream(settings.streamViewType, TEMPLATE_STREAM_LABEL);
  }

  #expiry(table: Table, settings: TableSettings): StoredTable['expiry'] {
    if (settings.ttlAttribute === undefined) return undefined;
    const { expiry } = table.stored;
    return expiry?.attribute === settings.ttlAttribute ? expiry : this.#catalog.newExpiry(settings.ttlAttribute);
  }
}

/** Changes that make CloudFormation replace the table. */
function refuseReplacement(table: Table, settings: TableSettings): void {
  const before = describeKey(table.stored, table.stored.key);
  const wanted = describeKey(settings, settings.key);
  if (before !== wanted) throw replacementError(table.name, `its key is ${before}, the template says ${wanted}`);
  const local = (indexes: readonly IndexDefinition[], owner: Pick<TableSettings, 'attributeTypes'>) =>
    indexes
      .filter((index) => index.kind === 'local')
      .map((index) => `${index.name} ${describeKey(owner, index.key)} ${JSON.stringify(index.projection)}`)
      .sort()
      .join(', ');
  if (local(table.stored.indexes, table.stored) !== local(settings.indexes, settings)) {
    throw replacementError(table.name, 'local secondary indexes can only be made with the table');
  }
}

function replacementError(tableName: string, reason: string): Error {
  return new Error(
    `table ${tableName} cannot follow the template: ${reason}. ` +
      'On AWS this change replaces the table by an empty one. Undo it, give the table another logical id or name, or clear the local data with --reset',
  );
}

function describeKey(owner: Pick<TableSettings, 'attributeTypes'>, key: IndexDefinition['key']): string {
  const part = (name: string) => `${name} (${owner.attributeTypes[name]})`;
  return key.range === undefined ? part(key.hash) : `${part(key.hash)}, ${part(key.range)}`;
}

function sameIndex(stored: StoredIndex, wanted: IndexDefinition, table: Table, settings: TableSettings): boolean {
  return (
    stored.kind === wanted.kind &&
    describeKey(table.stored, stored.key) === describeKey(settings, wanted.key) &&
    JSON.stringify(stored.projection) === JSON.stringify(wanted.projection)
  );
}
