import { data } from '@compiled/data';
import type { CompiledModel } from '../../contracts/compiled.ts';

type Attributes = Readonly<Record<string, unknown>>;

/** How the records of one table are stored: renamed fields under their first names, and old records without later defaults. */
interface StoredForm {
  readonly attributeOf: ReadonlyMap<string, string>;
  readonly fieldOf: ReadonlyMap<string, string>;
  readonly defaults: readonly (readonly [field: string, value: unknown])[];
}

const formOf = ({ fields }: CompiledModel): StoredForm => {
  const renamed = Object.entries(fields).flatMap(([field, { storedAs }]) => (storedAs === undefined ? [] : [[field, storedAs] as const]));
  return {
    attributeOf: new Map(renamed),
    fieldOf: new Map(renamed.map(([field, attribute]) => [attribute, field])),
    defaults: Object.entries(fields).flatMap(([field, { default: value }]) => (value === undefined ? [] : [[field, value] as const])),
  };
};

const forms: ReadonlyMap<string, StoredForm> = new Map(
  Object.values(data.models).map((model) => [process.env[model.tableVariable] ?? '', formOf(model)]),
);

const renameAll = (names: ReadonlyMap<string, string>, item: Attributes): Record<string, unknown> =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [names.get(name) ?? name, value]));

/** Items as they are stored, from items by the names of their fields. */
export const toStored = <T extends Attributes>(table: string, item: T): Attributes => {
  const names = forms.get(table)?.attributeOf;
  return names === undefined || names.size === 0 ? item : renameAll(names, item);
};

/** A part of an item by the names of its fields: a key, for example. Nothing is added to it. */
export const fromStored = (table: string, item: Attributes): Attributes => {
  const names = forms.get(table)?.fieldOf;
  return names === undefined || names.size === 0 ? item : renameAll(names, item);
};

/** A whole record by the names of its fields, with the defaults of fields that are newer than it. */
export const recordOf = (table: string, item: Attributes): Attributes => {
  const record = fromStored(table, item);
  const missing = forms.get(table)?.defaults.filter(([field]) => record[field] === undefined);
  if (missing === undefined || missing.length === 0) return record;
  return { ...record, ...Object.fromEntries(missing.map(([field, value]) => [field, structuredClone(value)])) };
};

/** The attributes behind the placeholders of an expression. Those inside a value (`#_0`) are no fields and keep their names. */
export const storedNames = (table: string, names: Readonly<Record<string, string>>): Record<string, string> => {
  const attributes = forms.get(table)?.attributeOf;
  if (attributes === undefined || attributes.size === 0) return { ...names };
  return Object.fromEntries(
    Object.entries(names).map(([mark, name]) => [mark, mark.startsWith('#_') ? name : (attributes.get(name) ?? name)]),
  );
};
