import { isDeepStrictEqual } from 'node:util';
import type { JsonSchema } from '../schema/json-schema.ts';

/** Keywords by which a smaller number lets fewer values through. */
const upperBounds = ['maxLength', 'maximum', 'exclusiveMaximum', 'maxItems', 'maxProperties'] as const;
/** Keywords by which a larger number lets fewer values through. */
const lowerBounds = ['minLength', 'minimum', 'exclusiveMinimum', 'minItems', 'minProperties'] as const;
/** Keywords that no stored value depends on. */
const harmless: ReadonlySet<string> = new Set([
  'x-normalize',
  'default',
  'description',
  'title',
  'examples',
  'deprecated',
  'readOnly',
  '$schema',
  'discriminator',
]);
const compared: ReadonlySet<string> = new Set([
  ...upperBounds,
  ...lowerBounds,
  'type',
  'enum',
  'const',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'anyOf',
  'oneOf',
]);

const show = (value: unknown): string => (value === undefined ? 'none' : JSON.stringify(value));
const typesOf = (schema: JsonSchema): readonly string[] => (schema.type === undefined ? [] : [schema.type].flat());

const typeFaults = (before: JsonSchema, after: JsonSchema): readonly string[] => {
  const allowed = typesOf(after);
  const former = typesOf(before);
  if (allowed.length === 0) return [];
  if (former.length === 0 && before.enum === undefined && before.const === undefined) return [`it takes ${allowed.join(' or ')} only`];
  const lost = former.filter((type) => !allowed.includes(type) && !(type === 'integer' && allowed.includes('number')));
  return lost.length === 0 ? [] : [`its type was ${former.join(' or ')} and is ${allowed.join(' or ')}`];
};

const listed = (schema: JsonSchema): readonly unknown[] | undefined =>
  schema.enum ?? (schema.const === undefined ? undefined : [schema.const]);

const valueFaults = (before: JsonSchema, after: JsonSchema): readonly string[] => {
  const allowed = listed(after);
  if (allowed === undefined) return [];
  const former = listed(before);
  if (former === undefined) return [`it takes ${allowed.map(show).join(', ')} only`];
  const lost = former.filter((value) => !allowed.some((each) => isDeepStrictEqual(each, value)));
  return lost.length === 0 ? [] : [`it no longer takes ${lost.map(show).join(', ')}`];
};

const boundFaults = (before: JsonSchema, after: JsonSchema): readonly string[] => {
  const isTighter = (name: string, narrows: (from: number, to: number) => boolean): boolean => {
    const [from, to] = [before[name], after[name]];
    return typeof to === 'number' && (typeof from !== 'number' || narrows(from, to));
  };
  const tighter = [
    ...upperBounds.filter((name) => isTighter(name, (from, to) => to < from)),
    // No value has fewer than 0 characters, items or members.
    ...lowerBounds.filter(
      (name) => isTighter(name, (from, to) => to > from) && !(name.startsWith('min') && name !== 'minimum' && after[name] === 0),
    ),
  ];
  return tighter.map((name) => `${name} was ${show(before[name])} and is ${show(after[name])}`);
};

/** Keywords of which only "the same" and "gone" are known to be harmless: `pattern`, `format`, `multipleOf` and all others. */
const otherFaults = (before: JsonSchema, after: JsonSchema): readonly string[] =>
  Object.keys(after)
    .filter(
      (name) => !compared.has(name) && !harmless.has(name) && after[name] !== undefined && !isDeepStrictEqual(before[name], after[name]),
    )
    .map((name) => `${name} was ${show(before[name])} and is ${show(after[name])}`);

const memberFaults = (before: JsonSchema, after: JsonSchema): readonly string[] => {
  const former = before.properties ?? {};
  const now = after.properties ?? {};
  const added = (after.required ?? []).filter((name) => !(before.required ?? []).includes(name) && now[name]?.default === undefined);
  const changed = Object.entries(now).flatMap(([name, schema]) => {
    const old = former[name];
    return old === undefined ? [] : narrowedBy(old, schema).map((fault) => `${name}: ${fault}`);
  });
  const lost = after.additionalProperties === false ? Object.keys(former).filter((name) => !Object.hasOwn(now, name)) : [];
  return [
    ...added.map((name) => `${name} is required`),
    ...changed,
    ...lost.map((name) => `${name} is no longer a member`),
    ...extraFaults(before, after),
  ];
};

const extraFaults = (before: JsonSchema, after: JsonSchema): readonly string[] => {
  const [former, now] = [before.additionalProperties, after.additionalProperties];
  if (now === undefined || now === true || former === false) return [];
  if (now === false) return ['it takes no further members'];
  return typeof former === 'object' ? narrowedBy(former, now).map((fault) => `members: ${fault}`) : ['its members have a type'];
};

const itemFaults = (before: JsonSchema, after: JsonSchema): readonly string[] => {
  if (typeof after.items !== 'object') return [];
  if (typeof before.items !== 'object') return ['its items have a type'];
  return narrowedBy(before.items, after.items).map((fault) => `items: ${fault}`);
};

const alternativesOf = (schema: JsonSchema): readonly JsonSchema[] => schema.anyOf ?? schema.oneOf ?? [schema];

/**
 * The ways in which a schema lets fewer values through than before; empty if every value that was valid is valid still.
 * What cannot be decided counts as narrower.
 */
export const narrowedBy = (before: JsonSchema, after: JsonSchema): readonly string[] => {
  if (isDeepStrictEqual(before, after)) return [];
  const [former, now] = [alternativesOf(before), alternativesOf(after)];
  if (former.length === 1 && now.length === 1 && former[0] === before && now[0] === after) {
    return [typeFaults, valueFaults, boundFaults, otherFaults, memberFaults, itemFaults].flatMap((faultsOf) => faultsOf(before, after));
  }
  const lost = former.filter((alternative) => !now.some((each) => narrowedBy(alternative, each).length === 0));
  return lost.map((alternative) => `it no longer takes every ${show({ ...alternative, default: undefined })}`);
};
