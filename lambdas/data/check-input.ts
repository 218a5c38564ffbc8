import type { CompiledModel, Validator } from '../../contracts/compiled.ts';
import { dataLimits } from '../../contracts/data.ts';
import { ApiError, type FieldError } from '../../contracts/errors.ts';
import { fieldReach } from '../runtime/authorize.ts';
import { escapePointer } from '../runtime/json-pointer.ts';
import type { Caller } from '../runtime/request.ts';
import { validateBody, validationError } from '../runtime/validate-body.ts';
import { normalizeDateTime } from './date-time.ts';
import { isStorableNumber } from './storable-number.ts';
import { systemFieldNames } from './system-fields.ts';

type Values = Record<string, unknown>;

/** Every value counts as a level, the innermost text or number too. */
const assertStorable = (value: unknown, pointer: string, depth: number): void => {
  if (depth > dataLimits.maxNesting) {
    throw new ApiError('too_deep', `The value is nested more than ${dataLimits.maxNesting} levels deep. Flatten it.`, {
      errors: [{ pointer, code: 'too_deep', detail: `At most ${dataLimits.maxNesting} levels can be stored.` }],
    });
  }
  if (typeof value === 'number' && !isStorableNumber(value)) {
    throw validationError([{ pointer, code: 'invalid_number', detail: 'The number is outside of what can be stored (1e-130 to 1e126).' }]);
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) assertStorable(item, `${pointer}/${escapePointer(key)}`, depth + 1);
};

/** Brings the times of a body to UTC. */
const normalizeTimes = (model: CompiledModel, values: Values): void => {
  const faults: FieldError[] = [];
  for (const [name, field] of Object.entries(model.fields)) {
    const value = values[name];
    if (field.kind !== 'dateTime' || typeof value !== 'string') continue;
    const normal = normalizeDateTime(value);
    if (normal === undefined)
      faults.push({ pointer: `/${name}`, code: 'invalid_format', detail: 'Expected a real date and time with its zone.' });
    else values[name] = normal;
  }
  if (faults.length > 0) throw validationError(faults);
};

/** Gives the fields of the body that the caller may write on the caller's own records only. */
const assertFieldsWritable = (model: CompiledModel, caller: Caller, body: Values): readonly string[] => {
  const touched = Object.keys(body).filter((name) => Object.hasOwn(model.fields, name));
  const reaches = touched.map((name) => ({ name, reach: fieldReach(model.fieldRules[name], 'write', caller) }));
  const refused = reaches.filter(({ reach }) => reach === 'none');
  if (refused.length > 0) throw fieldsNotAllowed(refused.map(({ name }) => name));
  return reaches.filter(({ reach }) => reach === 'own').map(({ name }) => name);
};

/** The refusal of fields that the caller may not use. */
export const fieldsNotAllowed = (names: readonly string[]): ApiError =>
  new ApiError('field_not_allowed', `You may not write ${names.join(', ')}. Leave ${names.length > 1 ? 'them' : 'it'} out.`, {
    errors: names.map((name) => ({ pointer: `/${name}`, code: 'field_not_allowed', detail: 'This caller may not write the field.' })),
  });

/** Checks a value against its schema and keeps quiet about required fields that are left as they are. */
const tolerant = (validator: Validator, kept: ReadonlySet<string>): Validator => {
  if (kept.size === 0) return validator;
  const check: Validator = (value) => {
    if (validator(value)) return true;
    const isKept = (name: unknown): boolean => typeof name === 'string' && kept.has(name);
    check.errors = (validator.errors ?? []).filter(
      ({ keyword, instancePath, params }) => !(keyword === 'required' && instancePath === '' && isKept(params['missingProperty'])),
    );
    return check.errors.length === 0;
  };
  return check;
};

/** A body that may be stored, as far as that can be told without the stored record. */
export interface CheckedInput {
  readonly values: Values;
  /** Fields of the body that the caller may write on the caller's own records only. */
  readonly ownFields: readonly string[];
}

/** What is checked, and how. */
export interface InputCheck {
  readonly model: CompiledModel;
  readonly caller: Caller;
  readonly validator: Validator;
  /** Fields that stay as they are stored, whatever the schema requires. @default none */
  readonly kept?: ReadonlySet<string>;
}

/**
 * Checks a body: field rules, schema (which fills in defaults), then what the database can hold.
 *
 * @throws ApiError `field_not_allowed`, `validation_failed`, `unknown_field`, `read_only_field`, `too_deep`
 */
export const checkInput = ({ model, caller, validator, kept = new Set() }: InputCheck, body: Readonly<Values>): CheckedInput => {
  const values = { ...body };
  const ownFields = assertFieldsWritable(model, caller, values);
  for (const [name, value] of Object.entries(values)) assertStorable(value, `/${escapePointer(name)}`, 1);
  validateBody(tolerant(validator, kept), values, systemFieldNames);
  for (const name of kept) delete values[name];
  normalizeTimes(model, values);
  return { values, ownFields };
};
