import { dynamodbError } from '../dynamodb-errors.ts';

/** The notation of dynalite's `types`: a name, or an object with constraints. */
type TypeNotation = string | { readonly type: string; readonly children?: TypeNotation | Readonly<Record<string, TypeNotation>> };
type Members = Readonly<Record<string, TypeNotation>>;

const ATTRIBUTE_VALUE: Members = {
  S: 'String',
  B: 'Blob',
  N: 'String',
  BOOL: 'Boolean',
  NULL: 'Boolean',
  BS: { type: 'List', children: 'Blob' },
  NS: { type: 'List', children: 'String' },
  SS: { type: 'List', children: 'String' },
  L: { type: 'List', children: 'AttrStruct<ValueStruct>' },
  M: { type: 'Map<AttributeValue>', children: 'AttrStruct<ValueStruct>' },
};
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const TRUE = ['TRUE', '1', 'YES'];
const FALSE = ['FALSE', '0', 'NO'];

/**
 * The members of a request that the operation knows, in the types that it declares; unknown members and nulls are left out.
 * dynalite's own `checkTypes` loses attributes called `__proto__` and is slower.
 * @throws AwsError `SerializationException`, in AWS's words.
 */
export function checkTypes(data: Readonly<Record<string, unknown>>, types: Members): Record<string, unknown> {
  const checked: Record<string, unknown> = {};
  for (const name of Object.keys(types)) {
    const value = Object.hasOwn(data, name) ? data[name] : undefined;
    if (value !== undefined && value !== null) checked[name] = checkType(value, types[name] as TypeNotation);
  }
  return checked;
}

function checkType(value: unknown, notation: TypeNotation): unknown {
  const full = typeof notation === 'string' ? notation : notation.type;
  const children = typeof notation === 'string' ? undefined : notation.children;
  const bracket = full.indexOf('<');
  const type = bracket < 0 ? full : full.slice(0, bracket);
  const subtype = bracket < 0 ? '' : full.slice(bracket + 1, -1);
  switch (type) {
    case 'AttrStruct':
      return checkTypes(structure(value, subtype, 'AttributeValue'), ATTRIBUTE_VALUE);
    case 'ValueStruct':
    case 'FieldStruct':
      return checkTypes(structure(value, type, subtype), children as Members);
    case 'List':
    case 'ParameterizedList':
      return list(value, type).map((member) => (member === null ? undefined : checkType(member, children as TypeNotation)));
    case 'Map':
    case 'ParameterizedMap':
      return checkMap(map(value, type, subtype), children as TypeNotation);
    default:
      return checkScalar(value, type);
  }
}

function checkMap(value: Readonly<Record<string, unknown>>, children: TypeNotation): Record<string, unknown> {
  const checked: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    const member = value[name] === null ? undefined : checkType(value[name], children);
    if (name === '__proto__') Object.defineProperty(checked, name, { value: member, enumerable: true, configurable: true, writable: true });
    else checked[name] = member;
  }
  return checked;
}

function structure(value: unknown, place: string, subtype: string): Record<string, unknown> {
  if (typeof value !== 'object') throw typeError(place === 'ValueStruct' ? 'Unexpected value type in payload' : 'Unexpected field type');
  if (Array.isArray(value)) throw typeError(`Unrecognized collection type class com.amazonaws.dynamodb.v20120810.${subtype}`);
  return value as Record<string, unknown>;
}

function list(value: unknown, type: string): unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value === 'object') throw typeError('Start of structure or map found where not expected');
  throw typeError(type === 'List' ? 'Unexpected field type' : PARAMETERIZED);
}

function map(value: unknown, type: string, subtype: string): Record<string, unknown> {
  if (typeof value !== 'object') throw typeError(type === 'Map' ? 'Unexpected field type' : PARAMETERIZED);
  if (!Array.isArray(value)) return value as Record<string, unknown>;
  const name = type === 'Map' ? subtype : 'AttributeValue';
  throw typeError(
    `Unrecognized collection type java.util.Map<java.lang.String, ${name.includes('.') ? name : `com.amazonaws.dynamodb.v20120810.${name}`}>`,
  );
}

const PARAMETERIZED =
  'class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class java.lang.Class ' +
  "(sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and java.lang.Class are in module java.base of loader 'bootstrap')";

function checkScalar(value: unknown, type: string): unknown {
  if (typeof value === 'object') {
    if (!Array.isArray(value)) throw typeError('Start of structure or map found where not expected');
    throw typeError(`Unrecognized collection type class java.${type === 'Blob' ? 'nio.ByteBuffer' : `lang.${type}`}`);
  }
  switch (type) {
    case 'String':
      if (typeof value === 'string') return value;
      throw typeError(`${tokenName(value)} cannot be converted to String`);
    case 'Blob':
      return blob(value);
    case 'Boolean':
      return boolean(value);
    default:
      if (typeof value !== 'number') throw typeError(`${tokenName(value)} cannot be converted to ${type}`);
      return type === 'Double' ? value : Math.floor(value);
  }
}

function boolean(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') throw typeError(`${tokenName(value)} cannot be converted to Boolean`);
  const text = String(value).toUpperCase();
  if (TRUE.includes(text)) return true;
  if (FALSE.includes(text)) return false;
  throw typeError('Unexpected token received from parser');
}

function blob(value: unknown): string {
  if (typeof value !== 'string') throw typeError('only base-64-encoded strings are convertible to bytes');
  if (value.length % 4 !== 0) throw typeError(`Base64 encoded length is expected a multiple of 4 bytes but found: ${value.length}`);
  if (!BASE64.test(value)) throw typeError('Invalid last non-pad Base64 character dectected');
  return value;
}

function tokenName(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'TRUE_VALUE' : 'FALSE_VALUE';
  if (typeof value === 'string') return 'STRING_VALUE';
  return Number.isInteger(value) ? 'NUMBER_VALUE' : 'DECIMAL_VALUE';
}

function typeError(message: string): Error {
  return dynamodbError('SerializationException', message);
}
