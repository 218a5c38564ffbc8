import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { idPattern, reservedIds } from '../contracts/data.ts';
import { type Attributes, storedFormOf, withDefaults } from '../lambdas/runtime/stored-record.ts';
import type { ModelTarget } from './data-target.ts';

/** A line of an import: a record, or what is wrong with it. */
export type ImportLine = { readonly number: number; readonly bytes: number } & (
  | { readonly record: Attributes; readonly fault?: undefined }
  | { readonly record?: undefined; readonly fault: string }
);

const systemProperties = {
  id: { type: 'string', pattern: idPattern, minLength: 1, not: { enum: [...reservedIds] } },
  owner: { type: 'string' },
  version: { type: 'integer', minimum: 1 },
  createdAt: { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$' },
  updatedAt: { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$' },
};

const validatorOf = ({ schema }: ModelTarget): ValidateFunction => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  return ajv.compile({
    type: 'object',
    properties: { ...systemProperties, ...Object.fromEntries(Object.entries(schema.fields).map(([name, field]) => [name, field.schema])) },
    required: ['id', 'version', 'createdAt', 'updatedAt', ...Object.keys(schema.fields).filter((name) => schema.fields[name]?.required)],
    additionalProperties: false,
  });
};

const faultsOf = (validate: ValidateFunction): string =>
  (validate.errors ?? [])
    .map(({ instancePath, message, params }) => {
      const extra = (params as { additionalProperty?: string }).additionalProperty;
      if (extra !== undefined) return `the model has no field ${JSON.stringify(extra)}`;
      return `${instancePath === '' ? 'the record' : instancePath.slice(1)} ${message ?? 'is not valid'}`;
    })
    .join('; ');

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Reads the records of a file, each checked against the definition. Empty lines are left out. */
export async function* readLines(file: string, target: ModelTarget): AsyncGenerator<ImportLine> {
  const validate = validatorOf(target);
  const form = storedFormOf(target.model);
  let number = 0;
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1;
    if (text.trim() === '') continue;
    const place = { number, bytes: Buffer.byteLength(text) + 1 };
    const value = parse(text);
    if (value === undefined) yield { ...place, fault: 'it is not valid JSON' };
    else if (!validate(value)) yield { ...place, fault: faultsOf(validate) };
    else yield { ...place, record: withDefaults(form, value as Attributes) };
  }
}
