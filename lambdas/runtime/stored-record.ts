import type { CompiledModel } from '../../contracts/compiled.ts';

/** Members of an item by their names. */
export type Attributes = Readonly<Record<string, unknown>>;

/** How the records of a model are stored: renamed fields under their first names, and old records without later defaults. */
export interface StoredForm {
  readonly attributeOf: ReadonlyMap<string, string>;
  readonly fieldOf: ReadonlyMap<string, string>;
  readonly defaults: readonly (readonly [field: string, value: unknown])[];
}

export const storedFormOf = ({ fields }: Pick<CompiledModel, 'fields'>): StoredForm => {
  const renamed = Object.entries(fields).flatMap(([field, { storedAs }]) => (storedAs === undefined ? [] : [[field, storedAs] as const]));
  return {
    attributeOf: new Map(renamed),
    fieldOf: new Map(renamed.map(([field, attribute]) => [attribute, field])),
    defaults: Object.entries(fields).flatMap(([field, { default: value }]) => (value === undefined ? [] : [[field, value] as const])),
  };
};

/** The same members under other names, where there are others. */
export const renamed = (names: ReadonlyMap<string, string> | undefined, item: Attributes): Attributes =>
  names === undefined || names.size === 0
    ? item
    : Object.fromEntries(Object.entries(item).map(([name, value]) => [names.get(name) ?? name, value]));

/** A record with the defaults of fields that are newer than it. */
export const withDefaults = (form: StoredForm | undefined, record: Attributes): Attributes => {
  const missing = form?.defaults.filter(([field]) => record[field] === undefined);
  if (missing === undefined || missing.length === 0) return record;
  return { ...record, ...Object.fromEntries(missing.map(([field, value]) => [field, structuredClone(value)])) };
};
