import type { CompiledField, CompiledModel } from '../../contracts/compiled.ts';
import { systemFields } from '../../contracts/data.ts';

const system: ReadonlyMap<string, CompiledField> = new Map([
  ['id', { kind: 'string', required: true, nullable: false }],
  ['owner', { kind: 'string', required: false, nullable: false }],
  ['version', { kind: 'integer', required: true, nullable: false }],
  ['createdAt', { kind: 'dateTime', required: true, nullable: false }],
  ['updatedAt', { kind: 'dateTime', required: true, nullable: false }],
]);

/** The names that only the server sets. */
export const systemFieldNames: ReadonlySet<string> = new Set(systemFields);

/** A field of a model, one that the server sets included; undefined for any other name. */
export const fieldOf = (model: CompiledModel, name: string): CompiledField | undefined =>
  Object.hasOwn(model.fields, name) ? model.fields[name] : system.get(name);

/** When DynamoDB may delete a record, in seconds since the epoch; undefined: never. */
export const expirySecondsOf = (model: CompiledModel, record: Readonly<Record<string, unknown>>): number | undefined => {
  const value = model.ttl === undefined ? undefined : record[model.ttl];
  if (typeof value === 'number') return Math.floor(value);
  return typeof value === 'string' ? Math.floor(Date.parse(value) / 1_000) : undefined;
};
