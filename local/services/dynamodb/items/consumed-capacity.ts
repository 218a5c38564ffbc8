import type { Table } from '../tables/table.ts';

export type CapacityRequest = 'INDEXES' | 'TOTAL' | 'NONE' | undefined;

/** Units that a request used of one table. */
export interface TableUnits {
  table: number;
  readonly indexes: Map<string, number>;
}

/** What AWS bills for a request, whether the caller asks or not. */
export interface BilledUnits {
  read: number;
  write: number;
}

/** Sums up the units of a request, by table, and adds them to what is billed. */
export class ConsumedCapacity {
  readonly #tables = new Map<Table, TableUnits>();
  readonly #kind: keyof BilledUnits;
  readonly #billed: BilledUnits;

  constructor(kind: keyof BilledUnits, billed: BilledUnits) {
    this.#kind = kind;
    this.#billed = billed;
  }

  add(table: Table, units: number, indexUnits: ReadonlyMap<string, number> = new Map()): this {
    const total = this.#tables.get(table) ?? { table: 0, indexes: new Map() };
    total.table += units;
    this.#billed[this.#kind] += totalOf({ table: units, indexes: indexUnits });
    for (const [name, count] of indexUnits) total.indexes.set(name, (total.indexes.get(name) ?? 0) + count);
    this.#tables.set(table, total);
    return this;
  }

  /** One entry for each table; undefined when the caller did not ask. `kind` names the units a second time, as transactions do. */
  list(request: CapacityRequest, kind?: 'ReadCapacityUnits' | 'WriteCapacityUnits'): unknown[] | undefined {
    if (request !== 'TOTAL' && request !== 'INDEXES') return undefined;
    return [...this.#tables].map(([table, units]) => describe(table, units, request, kind));
  }

  /** The entry of a request that touches one table. */
  single(request: CapacityRequest): unknown {
    return this.list(request)?.[0];
  }
}

function totalOf(units: { readonly table: number; readonly indexes: ReadonlyMap<string, number> }): number {
  return [...units.indexes.values()].reduce((sum, count) => sum + count, units.table);
}

function describe(table: Table, units: TableUnits, request: CapacityRequest, kind?: string): unknown {
  const capacity = (count: number) => ({ CapacityUnits: count, ...(kind && { [kind]: count }) });
  const total = totalOf(units);
  if (request === 'TOTAL') return { TableName: table.name, ...capacity(total) };
  const ofKind = (wanted: 'global' | 'local') =>
    [...units.indexes].filter(([name]) => table.index(name)?.kind === wanted).map(([name, count]) => [name, capacity(count)]);
  const [local, global] = [ofKind('local'), ofKind('global')];
  return {
    TableName: table.name,
    ...capacity(total),
    Table: capacity(units.table),
    ...(local.length > 0 && { LocalSecondaryIndexes: Object.fromEntries(local) }),
    ...(global.length > 0 && { GlobalSecondaryIndexes: Object.fromEntries(global) }),
  };
}
