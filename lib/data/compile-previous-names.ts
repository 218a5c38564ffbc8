import type { Models } from '../../contracts/backend.ts';
import { systemFields } from '../../contracts/data.ts';
import type { AnyModel, PreviousNames } from '../../contracts/model.ts';

/** The names under which a model is stored. */
export interface StoredNames {
  /** Undefined for a model that was never renamed. */
  readonly model: string | undefined;
  /** Attributes by field, of renamed fields only. */
  readonly fields: Readonly<Record<string, string>>;
}

const namePattern = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

const checkName = (name: unknown, at: string): void => {
  if (typeof name !== 'string' || !namePattern.test(name))
    throw new Error(`${at} is ${JSON.stringify(name)}: give the name under which it was first stored`);
};

const checkFields = (fields: Readonly<Record<string, string>>, declared: readonly string[], at: string): void => {
  for (const [field, attribute] of Object.entries(fields)) {
    checkName(attribute, `${at}.${field}`);
    if (!declared.includes(field))
      throw new Error(`${at} names the field ${JSON.stringify(field)}, which the model does not have: use one of ${declared.join(', ')}`);
    if (attribute === field) throw new Error(`${at}.${field} is its own name: leave it out`);
  }
  const taken = new Map<string, string>(systemFields.map((name) => [name, name]));
  for (const field of declared) {
    const attribute = fields[field] ?? field;
    const other = taken.get(attribute);
    if (other !== undefined)
      throw new Error(`${at} stores ${field} as ${JSON.stringify(attribute)}, where ${other} is stored: give one of them another name`);
    taken.set(attribute, field);
  }
};

const namesOf = (model: AnyModel, at: string): StoredNames => {
  const { previously = {}, fields } = model.definition;
  const names: PreviousNames = typeof previously === 'string' ? { model: previously } : previously;
  const unknown = Object.keys(names).find((key) => key !== 'model' && key !== 'fields');
  if (unknown !== undefined)
    throw new Error(
      `${at} has the prop ${JSON.stringify(unknown)}, which does not exist: use { model: 'OldName', fields: { newName: 'oldName' } }`,
    );
  if (names.model !== undefined) checkName(names.model, `${at}.model`);
  const renamed = (names.fields ?? {}) as Readonly<Record<string, string>>;
  checkFields(renamed, Object.keys(fields), `${at}.fields`);
  return { model: names.model, fields: renamed };
};

/**
 * The names under which renamed models and fields are stored, by model.
 *
 * @throws Error for names of nothing, and for two models or fields that would be stored in one place
 */
export const compilePreviousNames = (models: Models): ReadonlyMap<string, StoredNames> => {
  const byModel = new Map<string, StoredNames>();
  const taken = new Map<string, string>();
  for (const [name, model] of Object.entries(models)) {
    const at = `data.models.${name}.previously`;
    const names = namesOf(model, at);
    if (names.model === name) throw new Error(`${at} is the model's own name: leave it out`);
    const stored = names.model ?? name;
    const other = taken.get(stored);
    if (other !== undefined)
      throw new Error(`${at}: ${other} and ${name} would both be stored as ${stored}: give one of them another name`);
    taken.set(stored, name);
    byModel.set(name, names);
  }
  return byModel;
};
