import { data } from '@compiled/data';
import { type Attributes, renamed, type StoredForm, storedFormOf, withDefaults } from '../runtime/stored-record.ts';

/** By the name of the table. */
const forms: ReadonlyMap<string, StoredForm> = new Map(
  Object.values(data.models).map((model) => [process.env[model.tableVariable] ?? '', storedFormOf(model)]),
);

/** Items as they are stored, from items by the names of their fields. */
export const toStored = (table: string, item: Attributes): Attributes => renamed(forms.get(table)?.attributeOf, item);

/** A part of an item by the names of its fields: a key, for example. Nothing is added to it. */
export const fromStored = (table: string, item: Attributes): Attributes => renamed(forms.get(table)?.fieldOf, item);

/** A whole record by the names of its fields, with the defaults of fields that are newer than it. */
export const recordOf = (table: string, item: Attributes): Attributes => withDefaults(forms.get(table), fromStored(table, item));

/** The attributes behind the placeholders of an expression. Those inside a value (`#_0`) are no fields and keep their names. */
export const storedNames = (table: string, names: Readonly<Record<string, string>>): Record<string, string> => {
  const attributes = forms.get(table)?.attributeOf;
  if (attributes === undefined || attributes.size === 0) return { ...names };
  return Object.fromEntries(
    Object.entries(names).map(([mark, name]) => [mark, mark.startsWith('#_') ? name : (attributes.get(name) ?? name)]),
  );
};
