import type { Models } from '../../contracts/backend.ts';
import { systemFields } from '../../contracts/data.ts';
import { tableVariable } from '../../contracts/variables.ts';

const modelPattern = /^[A-Z][A-Za-z0-9]{0,39}$/;
const fieldPattern = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
/** An index name is at least 3 characters long (DynamoDB, "Naming rules"). */
const indexPattern = /^[a-z][A-Za-z0-9]{2,39}$/;

/** Lambda takes 4 KB of environment variables ("Lambda quotas"); the name of a table and of its variable need about 90 bytes. */
const maxModels = 40;

const reservedFields: ReadonlySet<string> = new Set(['and', 'or', 'not']);
const isSystemField = (name: string): boolean => (systemFields as readonly string[]).includes(name);
/** `constructor`, `toString` and their like are found on every object. */
const isBuiltIn = (name: string): boolean => name in Object.prototype || name === 'prototype';

const requirePattern = (pattern: RegExp, what: string, name: string, form: string): void => {
  if (!pattern.test(name)) throw new Error(`${what} has the illegal name ${JSON.stringify(name)}: use ${form}`);
};

/** Refuses names of models that cannot stand in a path or that share the variable of their table's name. */
export const checkModelNames = (models: Models): void => {
  const names = Object.keys(models);
  if (names.length > maxModels) {
    throw new Error(
      `data.models has ${names.length} models, but one function can hold the names of ${maxModels} tables: make a second Data of some`,
    );
  }
  const byVariable = new Map<string, string>();
  for (const name of names) {
    requirePattern(modelPattern, 'data.models', name, 'a capital letter, then up to 39 letters and digits, for example "Note"');
    const other = byVariable.get(tableVariable(name));
    if (other !== undefined) throw new Error(`data.models has ${other} and ${name}, which differ by their case only: rename one of them`);
    byVariable.set(tableVariable(name), name);
  }
};

/** Refuses names of fields that the server sets, that filters mean something else by, or that JavaScript does. */
export const checkFieldName = (name: string, at: string): void => {
  if (isSystemField(name))
    throw new Error(`${at} declares ${name}, which the server sets on every record: leave it out, or use another name`);
  if (reservedFields.has(name)) throw new Error(`${at} declares ${name}, which is a word of filters: use another name`);
  if (name === 'expanded') throw new Error(`${at} declares expanded, which is where related records are put: use another name`);
  if (isBuiltIn(name)) throw new Error(`${at} declares ${name}, which every JavaScript object has: use another name`);
  requirePattern(fieldPattern, at, name, 'a letter, then up to 63 letters, digits and "_", for example "dueDate"');
};

/** Refuses names that DynamoDB does not take for an index. */
export const checkIndexName = (name: string, at: string): void => {
  requirePattern(indexPattern, at, name, 'a small letter, then 2 to 39 letters and digits, for example "byState"');
};

/** Refuses names of relations that a field has, since `expand` puts them beside the fields. */
export const checkRelationName = (name: string, at: string, fields: ReadonlySet<string>): void => {
  if (fields.has(name) || isSystemField(name))
    throw new Error(`${at}.${name} is named like a field: use another name, for example "${name}Record"`);
  if (isBuiltIn(name)) throw new Error(`${at} declares ${name}, which every JavaScript object has: use another name`);
  requirePattern(fieldPattern, at, name, 'a letter, then up to 63 letters, digits and "_", for example "author"');
};
