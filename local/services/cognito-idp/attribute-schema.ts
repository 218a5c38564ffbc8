import { failures } from './failures.ts';
import type { Properties } from './properties.ts';

/** What a pool says about one attribute. */
export interface AttributeSchema {
  readonly name: string;
  readonly type: 'String' | 'Number' | 'DateTime' | 'Boolean';
  readonly mutable: boolean;
  readonly required: boolean;
  readonly minLength: number;
  readonly maxLength: number;
  readonly minValue: number;
  readonly maxValue: number;
}

/** OIDC's standard claims, as every pool has them. */
const STANDARD_STRINGS = [
  'name',
  'given_name',
  'family_name',
  'middle_name',
  'nickname',
  'preferred_username',
  'profile',
  'picture',
  'website',
  'email',
  'gender',
  'zoneinfo',
  'locale',
  'phone_number',
  'address',
];

const OPEN = { mutable: true, required: false, minLength: 0, maxLength: 2_048, minValue: -Infinity, maxValue: Infinity } as const;

function standardSchema(): Map<string, AttributeSchema> {
  const schema = new Map<string, AttributeSchema>();
  for (const name of STANDARD_STRINGS) {
    schema.set(name, { ...OPEN, name, type: 'String' });
  }
  schema.set('sub', { ...OPEN, name: 'sub', type: 'String', mutable: false, minLength: 1 });
  schema.set('birthdate', { ...OPEN, name: 'birthdate', type: 'String', minLength: 10, maxLength: 10 });
  schema.set('updated_at', { ...OPEN, name: 'updated_at', type: 'Number', minValue: 0 });
  schema.set('email_verified', { ...OPEN, name: 'email_verified', type: 'Boolean' });
  schema.set('phone_number_verified', { ...OPEN, name: 'phone_number_verified', type: 'Boolean' });
  return schema;
}

/** The standard attributes and the declared ones; a name that is not standard gets AWS's prefix `custom:`. */
export function poolSchema(declared: readonly Properties[]): ReadonlyMap<string, AttributeSchema> {
  const schema = standardSchema();
  for (const entry of declared) {
    const bare = entry.string('Name', '');
    const standard = schema.get(bare);
    const name = standard === undefined && !bare.startsWith('custom:') ? `custom:${bare}` : bare;
    const base = standard ?? { ...OPEN, name, type: 'String' as const, mutable: false };
    const lengths = entry.child('StringAttributeConstraints');
    const values = entry.child('NumberAttributeConstraints');
    schema.set(name, {
      name,
      type: entry.string('AttributeDataType', base.type) as AttributeSchema['type'],
      mutable: entry.boolean('Mutable', base.mutable),
      required: entry.boolean('Required', base.required),
      minLength: lengths.number('MinLength', base.minLength),
      maxLength: lengths.number('MaxLength', base.maxLength),
      minValue: values.number('MinValue', base.minValue),
      maxValue: values.number('MaxValue', base.maxValue),
    });
  }
  return schema;
}

const EMAIL = /^[^\s@]+@[^\s@]+$/u;
const PHONE_NUMBER = /^\+[0-9]{1,15}$/u;

function checkFormat(schema: AttributeSchema, value: string): void {
  if (schema.name === 'email' && !EMAIL.test(value)) {
    throw failures.invalidParameter('Invalid email address format.');
  }
  if (schema.name === 'phone_number' && !PHONE_NUMBER.test(value)) {
    throw failures.invalidParameter('Invalid phone number format.');
  }
  if (schema.type === 'Boolean' && value !== 'true' && value !== 'false') {
    throw failures.invalidParameter(`Attributes did not conform to the schema: ${schema.name}: Attribute value must be a boolean`);
  }
}

function checkSize(schema: AttributeSchema, value: string): void {
  const prefix = `Attributes did not conform to the schema: ${schema.name}:`;
  if (schema.type === 'Number') {
    const number = Number(value);
    if (!Number.isFinite(number) || number < schema.minValue || number > schema.maxValue) {
      throw failures.invalidParameter(`${prefix} Attribute value must be a number between ${schema.minValue} and ${schema.maxValue}`);
    }
    return;
  }
  if (value.length < schema.minLength || value.length > schema.maxLength) {
    throw failures.invalidParameter(`${prefix} String must be between ${schema.minLength} and ${schema.maxLength} characters long`);
  }
}

/**
 * Checks values against the schema of their pool.
 * @throws AwsError `InvalidParameterException` for an unknown name, a wrong format or a size outside of the limits.
 */
export function checkAttributes(schema: ReadonlyMap<string, AttributeSchema>, attributes: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(attributes)) {
    const attribute = schema.get(name);
    if (attribute === undefined) {
      throw failures.invalidParameter(`Attributes did not conform to the schema: Type for attribute {${name}} could not be determined`);
    }
    // An empty value deletes the attribute, as on AWS.
    if (value !== '') {
      checkFormat(attribute, value);
      checkSize(attribute, value);
    }
  }
}

/** @throws AwsError `InvalidParameterException` when an attribute that the pool requires is absent. */
export function checkRequiredAttributes(schema: ReadonlyMap<string, AttributeSchema>, attributes: Readonly<Record<string, string>>): void {
  for (const attribute of schema.values()) {
    if (attribute.required && attribute.name !== 'sub' && !attributes[attribute.name]) {
      throw failures.invalidParameter(`Attributes did not conform to the schema: ${attribute.name}: The attribute is required\n`);
    }
  }
}
