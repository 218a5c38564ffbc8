import type { SchemaError, Validator } from '../../contracts/compiled.ts';
import { ApiError, type ErrorCode, errorTable, type FieldError } from '../../contracts/errors.ts';
import { escapePointer } from './json-pointer.ts';

type Describe = (params: Readonly<Record<string, unknown>>) => readonly [code: string, detail: string];

/** What a failed JSON Schema keyword is called in an answer. No text repeats the value: it may be a password. */
const keywords: Readonly<Record<string, Describe>> = {
  required: () => ['required', 'This field is required.'],
  type: ({ type }) => ['invalid_type', `Expected ${Array.isArray(type) ? type.join(' or ') : String(type)}.`],
  enum: ({ allowedValues }) => ['invalid_value', `Expected one of ${JSON.stringify(allowedValues)}.`],
  const: ({ allowedValue }) => ['invalid_value', `Expected ${JSON.stringify(allowedValue)}.`],
  minLength: ({ limit }) => ['too_short', `Characters needed: ${limit} or more.`],
  maxLength: ({ limit }) => ['too_long', `Characters allowed: ${limit} or fewer.`],
  minimum: ({ limit }) => ['too_small', `Must be ${limit} or more.`],
  maximum: ({ limit }) => ['too_large', `Must be ${limit} or less.`],
  exclusiveMinimum: ({ limit }) => ['too_small', `Must be more than ${limit}.`],
  exclusiveMaximum: ({ limit }) => ['too_large', `Must be less than ${limit}.`],
  multipleOf: ({ multipleOf }) => ['invalid_value', `Must be a multiple of ${multipleOf}.`],
  minItems: ({ limit }) => ['too_few_items', `Items needed: ${limit} or more.`],
  maxItems: ({ limit }) => ['too_many_items', `Items allowed: ${limit} or fewer.`],
  minProperties: ({ limit }) => ['too_few_items', `Fields needed: ${limit} or more.`],
  maxProperties: ({ limit }) => ['too_many_items', `Fields allowed: ${limit} or fewer.`],
  uniqueItems: () => ['duplicate_items', 'The items must differ.'],
  pattern: () => ['invalid_format', 'The text does not have the expected form.'],
  format: ({ format }) => ['invalid_format', `Expected a valid ${format}.`],
};

const toFieldError = (error: SchemaError, readOnly: ReadonlySet<string>): FieldError => {
  const { keyword, params, instancePath } = error;
  if (keyword === 'additionalProperties' || keyword === 'unevaluatedProperties') {
    const name = String(params['additionalProperty'] ?? params['unevaluatedProperty']);
    const pointer = `${instancePath}/${escapePointer(name)}`;
    return instancePath === '' && readOnly.has(name)
      ? { pointer, code: 'read_only_field', detail: 'The server sets this field. Leave it out.' }
      : { pointer, code: 'unknown_field', detail: 'There is no such field. Check its spelling, or leave it out.' };
  }
  const pointer = keyword === 'required' ? `${instancePath}/${escapePointer(String(params['missingProperty']))}` : instancePath;
  const [code, detail] = keywords[keyword]?.(params) ?? ['invalid_value', 'The value is not allowed here.'];
  return { pointer, code, detail };
};

/** The faults of alternatives (`anyOf`) repeat each other; one line a place and code is enough. */
const distinct = (errors: readonly FieldError[]): readonly FieldError[] => [
  ...new Map(errors.map((error) => [`${error.pointer} ${error.code}`, error])).values(),
];

/** Summaries such as "must match a schema in anyOf" say less than the faults they summarise. */
const isSummary = (error: SchemaError): boolean => error.keyword === 'anyOf' || error.keyword === 'oneOf' || error.keyword === 'if';

const maxErrors = 50;

/**
 * Makes the refusal of a body with these faults. Its code is the faults' own when they agree and it is a code of the table.
 */
export const validationError = (errors: readonly FieldError[]): ApiError => {
  const codes = new Set(errors.map((error) => error.code));
  const [only] = codes;
  const code: ErrorCode =
    codes.size === 1 && only !== undefined && Object.hasOwn(errorTable, only) ? (only as ErrorCode) : 'validation_failed';
  const first = errors[0];
  const more = errors.length > 1 ? ` ${errors.length - 1} more in errors.` : '';
  const detail = first === undefined ? 'The request breaks the schema.' : `${first.pointer || 'The body'}: ${first.detail}${more}`;
  return new ApiError(code, detail, { errors: errors.slice(0, maxErrors) });
};

/**
 * Checks a body against its compiled schema, which also fills in defaults.
 *
 * @param readOnly names at the top level that exist but that only the server may set
 * @throws ApiError `validation_failed`, `unknown_field`, `read_only_field` with one entry a fault
 */
export const validateBody = (validator: Validator, body: unknown, readOnly: ReadonlySet<string> = new Set()): void => {
  if (validator(body)) return;
  const errors = validator.errors ?? [];
  const details = errors.filter((error) => !isSummary(error));
  const faults = (details.length > 0 ? details : errors).map((error) => toFieldError(error, readOnly));
  throw validationError(distinct(faults));
};
