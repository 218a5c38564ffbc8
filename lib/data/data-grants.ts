import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { CompiledModel, CompiledReference } from '../../contracts/compiled.ts';
import type { Grant } from '../api/create-role.ts';

/** What can be done with the records of a model. */
export const dataOperations = ['read', 'create', 'update', 'delete'] as const;
export type DataUse = (typeof dataOperations)[number];

/** What is to be done with the records of which models. */
export type DataUses = Readonly<Record<string, readonly DataUse[]>>;

/** What the records are in. */
export interface DataTables {
  readonly models: Readonly<Record<string, CompiledModel>>;
  readonly tables: Readonly<Record<string, ITable>>;
  readonly constraintsTable: ITable;
}

/** On the model's own table. Transactions and requests with an Idempotency-Key read by BatchGetItem. */
const tableActions: Readonly<Record<DataUse, readonly string[]>> = {
  read: ['BatchGetItem', 'GetItem'],
  create: ['PutItem'],
  update: ['BatchGetItem', 'GetItem', 'PutItem', 'UpdateItem'],
  delete: ['BatchGetItem', 'DeleteItem', 'GetItem'],
};

const writes: ReadonlySet<DataUse> = new Set(['create', 'update', 'delete']);
const isWrite = (use: DataUse): boolean => writes.has(use);

/** Whether other records go with a deleted one, or change. */
const hasDependants = ({ referrers }: CompiledModel): boolean => referrers.some(({ onDelete }) => onDelete !== 'restrict');

/** On the table of constraints: unique values, counters, idempotency keys, unfinished deletes, and the key of cursors. */
const constraintActions = ({ unique, counts, referrers, ...model }: CompiledModel, uses: readonly DataUse[]): readonly string[] => {
  const does = (...some: readonly DataUse[]): boolean => uses.some((use) => some.includes(use));
  const dependants = hasDependants({ unique, counts, referrers, ...model });
  return [
    'GetItem',
    'PutItem',
    ...(does('update', 'delete') ? ['BatchGetItem'] : []),
    ...((unique.length > 0 && does('update', 'delete')) || (referrers.length > 0 && does('delete')) ? ['DeleteItem'] : []),
    ...(counts.length > 0 && uses.some(isWrite) ? ['UpdateItem'] : []),
    ...(dependants && does('create') ? ['ConditionCheckItem'] : []),
  ];
};

/** Actions on a resource. A table that is not there is none. */
interface Need {
  readonly resource: string | undefined;
  readonly actions: readonly string[];
}

/** All needs as few grants: one for each set of actions. */
const grantsOf = (needs: readonly Need[]): readonly Grant[] => {
  const wanted = needs.filter(({ resource, actions }) => resource !== undefined && actions.length > 0);
  const byResource = [...Map.groupBy(wanted, ({ resource }) => resource as string)].map(([resource, own]) => ({
    resource,
    actions: [...new Set(own.flatMap(({ actions }) => actions))].sort().map((action) => `dynamodb:${action}`),
  }));
  return [...Map.groupBy(byResource, ({ actions }) => actions.join()).values()].map((own) => ({
    actions: own[0]?.actions ?? [],
    resources: own.map(({ resource }) => resource),
  }));
};

/** The index that finds the records which hold the id of another. */
const referrerIndex = ({ models, tables }: DataTables, { model: name, field }: CompiledReference): string | undefined => {
  const index = models[name]?.indexes.find(({ partition }) => partition === field);
  const table = tables[name];
  return index && table && `${table.tableArn}/index/${index.name}`;
};

/** On the tables of records: the model's own, and those of records that its records refer to. */
const recordNeeds = ({ tables }: DataTables, model: CompiledModel, uses: readonly DataUse[], checks: boolean): readonly Need[] => {
  const refers = uses.includes('create') || uses.includes('update');
  const own = uses.flatMap((use) => tableActions[use]);
  return [
    // A transaction may ask what a record is like without writing it.
    { resource: tables[model.name]?.tableArn, actions: [...own, ...(checks ? ['ConditionCheckItem'] : [])] },
    ...(refers ? model.references : []).map((target) => ({ resource: tables[target.model]?.tableArn, actions: ['ConditionCheckItem'] })),
  ];
};

/** On indexes: the model's own, and those that find the records which forbid a delete. */
const indexNeeds = (on: DataTables, model: CompiledModel, uses: readonly DataUse[]): readonly Need[] => {
  const table = on.tables[model.name];
  const own = uses.includes('read') && table !== undefined ? model.indexes.map(({ name }) => `${table.tableArn}/index/${name}`) : [];
  const restricting = uses.includes('delete') ? model.referrers.filter(({ onDelete }) => onDelete === 'restrict') : [];
  return [...own, ...restricting.map((referrer) => referrerIndex(on, referrer))].map((resource) => ({ resource, actions: ['Query'] }));
};

/** Exactly what these operations do, with all that a write has to look at: the records that it refers to, or that refer to it. */
export const dataGrants = (on: DataTables, uses: DataUses): readonly Grant[] => {
  const used = Object.entries(uses).flatMap(([name, own]) => {
    const model = on.models[name];
    return model === undefined || own.length === 0 ? [] : [{ model, own }];
  });
  const checks = used.some(({ own }) => own.some(isWrite));
  return [
    ...grantsOf(used.flatMap(({ model, own }) => recordNeeds(on, model, own, checks))),
    ...grantsOf(used.map(({ model, own }) => ({ resource: on.constraintsTable.tableArn, actions: constraintActions(model, own) }))),
    ...grantsOf(used.flatMap(({ model, own }) => indexNeeds(on, model, own))),
  ];
};

/** The same for code that writes each record by itself, and without a key: in no transaction with others. */
export const aloneGrants = (grants: readonly Grant[]): readonly Grant[] =>
  grants
    .map(({ actions, ...rest }) => ({ ...rest, actions: actions.filter((action) => !/:(BatchGetItem|ConditionCheckItem)$/.test(action)) }))
    .filter(({ actions }) => actions.length > 0);

/** On the model's own table, by code that is none of ours. */
const directActions: Readonly<Record<DataUse, readonly string[]>> = {
  read: ['BatchGetItem', 'GetItem'],
  create: ['PutItem'],
  update: ['UpdateItem'],
  delete: ['DeleteItem'],
};

/** What these operations are to code that works on the tables of records itself. */
export const directGrants = ({ models, tables }: DataTables, uses: DataUses): readonly Grant[] => {
  const used = Object.entries(uses).flatMap(([name, own]) => {
    const [model, table] = [models[name], tables[name]];
    return model === undefined || table === undefined ? [] : [{ model, table, own }];
  });
  const indexesOf = ({ indexes }: CompiledModel, { tableArn }: ITable) => indexes.map(({ name }) => `${tableArn}/index/${name}`);
  return [
    ...grantsOf(used.map(({ table, own }) => ({ resource: table.tableArn, actions: own.flatMap((use) => directActions[use]) }))),
    ...grantsOf(
      used
        .filter(({ own }) => own.includes('read'))
        .flatMap(({ model, table }) => indexesOf(model, table).map((resource) => ({ resource, actions: ['Query'] }))),
    ),
  ];
};
