import type { CompiledModel } from '../../contracts/compiled.ts';
import { systemFields } from '../../contracts/data.ts';
import { eventSource, recordEvents } from '../../contracts/events.ts';
import type { AnyFilter, Comparison, FilterOperator, FilterValue } from '../../contracts/filter.ts';
import { filterOperators } from '../../contracts/filter.ts';

/** A pattern of EventBridge, or a part of one. */
export interface Pattern {
  readonly [name: string]: unknown;
}

/** "Numeric matching": "from -5.0e9 to +5.0e9, with up to 15 digits of precision" (EventBridge User Guide, "Comparison operators"). */
const maxNumber = 5e9;

const refuse = (at: string, reason: string): Error =>
  new Error(`${at} ${reason}: leave it out of the trigger's "when", and look at the event in the function`);

const absent: readonly unknown[] = [{ exists: false }, null];

const inRange = (value: FilterValue, at: string): number => {
  if (typeof value !== 'number')
    throw refuse(at, `compares the order of ${JSON.stringify(value)}, and EventBridge knows an order of numbers only`);
  if (Math.abs(value) > maxNumber) throw refuse(at, `compares with ${value}, and EventBridge compares numbers from -5e9 to 5e9 only`);
  return value;
};

const inText = (value: FilterValue, at: string): string => {
  if (typeof value === 'string' && value !== '') return value;
  throw refuse(at, `looks for ${JSON.stringify(value)} in a text`);
};

const isSystemField = (name: string): boolean => (systemFields as readonly string[]).includes(name);

/** `*` stands for any text in a pattern. */
const wildcard = (text: string): string => `*${text.replace(/[\\*]/g, '\\$&')}*`;

const notEqual = (value: FilterValue): readonly unknown[] =>
  typeof value === 'boolean' ? [!value, ...absent] : [{ 'anything-but': [value] }, ...absent];

type Kind = CompiledModel['fields'][string]['kind'];
type Rules = Readonly<Partial<Record<FilterOperator, (value: never, at: string, kind: Kind | undefined) => readonly unknown[]>>>;

/** What each operator is in a pattern: a list of which one must match. The ones for order are put together in {@link numericRule}. */
const rules: Rules = {
  eq: (value: FilterValue) => [value],
  ne: notEqual,
  in: (values: readonly FilterValue[]) => values,
  beginsWith: (value: FilterValue, at) => [{ prefix: inText(value, at) }],
  contains: (value: FilterValue, at, kind) => (kind === 'array' ? [value] : [{ wildcard: wildcard(inText(value, at)) }]),
  exists: (value: boolean) => (value ? [{ exists: true }] : absent),
};

const orders = { lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;
const isOrder = (operator: string): operator is keyof typeof orders => Object.hasOwn(orders, operator);

/** `gt` and `lt` of one field are one rule. */
const numericRule = (comparison: Comparison, at: string): readonly unknown[] | undefined => {
  const bounds = Object.keys(orders).flatMap((operator) => {
    const value = comparison[operator as keyof typeof orders];
    return value === undefined ? [] : [orders[operator as keyof typeof orders], inRange(value, at)];
  });
  const between = comparison.between?.flatMap((end, index) => [index === 0 ? '>=' : '<=', inRange(end, at)]) ?? [];
  const numeric = [...bounds, ...between];
  if (numeric.length > 4) throw refuse(at, 'has more than two bounds');
  return numeric.length === 0 ? undefined : [{ numeric }];
};

const typeOfKind: Readonly<Partial<Record<Kind, string>>> = {
  string: 'text',
  dateTime: 'text',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
};
const typeOfValue = (value: unknown): string => (typeof value === 'string' ? 'text' : typeof value);

/** A number that is compared with a text matches nothing, and nobody would learn of it. */
const checkValues = ({ exists: _, contains: __, beginsWith: ___, ...comparison }: Comparison, at: string, kind: Kind | undefined): void => {
  const type = kind && typeOfKind[kind];
  const wrong = Object.values(comparison)
    .flat()
    .find((value) => value !== null && value !== undefined && typeOfValue(value) !== type);
  if (type !== undefined && wrong !== undefined) {
    throw new Error(`${at} compares with ${JSON.stringify(wrong)}, but the field holds a ${type}, so that nothing would match`);
  }
};

const fieldRules = (given: FilterValue | Comparison, at: string, kind: Kind | undefined): readonly unknown[] => {
  const comparison: Comparison = typeof given === 'object' ? given : { eq: given };
  const unknown = Object.keys(comparison).find((name) => !(filterOperators as readonly string[]).includes(name));
  if (unknown !== undefined) throw new Error(`${at} has the operator ${unknown}: use one of ${filterOperators.join(', ')}`);
  checkValues(comparison, at, kind);
  const numeric = numericRule(comparison, at);
  const others = filterOperators.filter((name) => comparison[name] !== undefined && name !== 'between' && !isOrder(name));
  if (others.length + (numeric === undefined ? 0 : 1) !== 1) {
    throw refuse(
      at,
      `combines ${Object.keys(comparison).join(', ') || 'nothing'}, and a pattern of EventBridge takes one comparison of a field`,
    );
  }
  const [operator] = others;
  return numeric ?? rules[operator as FilterOperator]?.(comparison[operator as FilterOperator] as never, at, kind) ?? [];
};

const merged = (parts: readonly Pattern[], at: string): Pattern => {
  const all: Record<string, unknown> = {};
  for (const [name, value] of parts.flatMap((part) => Object.entries(part))) {
    if (Object.hasOwn(all, name))
      throw refuse(at, `asks twice for ${name === '$or' ? '"or"' : name}, which a pattern of EventBridge cannot`);
    all[name] = value;
  }
  return all;
};

const isFieldName = (name: string): boolean => !['and', 'or', 'not'].includes(name);

/** Only what is not `not` itself can be said the other way round. */
const negated = (filter: AnyFilter, at: string): Pattern => {
  const [[name, value] = ['', undefined], ...more] = Object.entries(filter);
  const [[operator, operand] = ['eq', value]] = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const isSingle = more.length === 0 && isFieldName(name);
  if (isSingle && operator === 'eq') return { [name]: notEqual(operand as FilterValue) };
  if (isSingle && operator === 'exists') return { [name]: operand === true ? absent : [{ exists: true }] };
  if (isSingle && operator === 'ne') return { [name]: [operand] };
  const isPlain = isSingle && operator === 'in' && (operand as unknown[]).every((one) => typeof one !== 'boolean');
  if (isPlain) return { [name]: [{ 'anything-but': operand }, ...absent] };
  if (isSingle && operator === 'beginsWith') return { [name]: [{ 'anything-but': { prefix: operand } }, ...absent] };
  throw refuse(`${at}.not`, 'negates what a pattern of EventBridge cannot');
};

/**
 * A filter as a pattern of EventBridge.
 *
 * @param kindOf the kind of a field, where it is known
 * @param at names the filter, for errors
 * @throws Error for what a pattern cannot say
 */
export const filterPattern = (filter: AnyFilter, kindOf: (field: string) => Kind | undefined, at: string): Pattern => {
  const parts = Object.entries(filter).map(([name, value]): Pattern => {
    if (name === 'and')
      return merged(
        (value as readonly AnyFilter[]).map((part) => filterPattern(part, kindOf, at)),
        at,
      );
    if (name === 'or') return { $or: (value as readonly AnyFilter[]).map((part) => filterPattern(part, kindOf, at)) };
    if (name === 'not') {
      // Which kind it has is all the same here, but not whether it is there.
      Object.keys(value as AnyFilter)
        .filter(isFieldName)
        .forEach(kindOf);
      return negated(value as AnyFilter, at);
    }
    return { [name]: fieldRules(value as FilterValue | Comparison, `${at}.${name}`, kindOf(name)) };
  });
  return merged(parts, at);
};

/** What is listened to. */
export interface EventSelection {
  /** `Note.created`, `Note.*` for all of a noun, `*` for all. */
  readonly types: readonly string[];
  /** Must hold on the new record, on the old one of a delete, and on the data of other events. @default everything */
  readonly when?: AnyFilter;
}

const typeRules = (types: readonly string[]): readonly unknown[] =>
  types.map((type) => (type.endsWith('.*') ? { prefix: type.slice(0, -1) } : type));

/** The part of the data that a filter is about. */
const imageOf = (type: string, models: ReadonlySet<string>): 'new' | 'old' | undefined => {
  const [noun = '', verb = ''] = type.split('.');
  if (!models.has(noun)) return undefined;
  if (verb === '*')
    throw new Error(`types has ${type} with a "when": name the events (${recordEvents.map((word) => `${noun}.${word}`).join(', ')})`);
  return verb === 'deleted' ? 'old' : 'new';
};

/** Images that were left out can't be looked at, so such events are for the function to judge. */
const dataPattern = (image: 'new' | 'old' | undefined, filter: Pattern): Pattern =>
  image === undefined ? filter : { $or: [{ [image]: filter }, { truncated: [true] }] };

/** The kinds of the fields that a filter names. What no record has would never match, and nobody would learn of it. */
const kindsIn = (nouns: readonly string[], models: Readonly<Record<string, Pick<CompiledModel, 'fields'>>>, at: string) => {
  const known = nouns.flatMap((noun) => models[noun] ?? []);
  return (field: string): Kind | undefined => {
    const isThere = isSystemField(field) || known.some(({ fields }) => Object.hasOwn(fields, field));
    if (known.length === nouns.length && !isThere) {
      const names = [...new Set(known.flatMap(({ fields }) => Object.keys(fields)))];
      throw new Error(
        `${at} asks for ${field}, which ${nouns.join(' and ')} has not: use one of ${[...names, ...systemFields].join(', ')}`,
      );
    }
    return known.length === 1 && nouns.length === 1 ? known[0]?.fields[field]?.kind : undefined;
  };
};

/**
 * The pattern of a rule.
 *
 * @param models the models by name
 * @param at names the subscription, for errors
 * @throws Error for a filter that a pattern cannot express
 */
export const eventPattern = (
  { types, when }: EventSelection,
  models: Readonly<Record<string, Pick<CompiledModel, 'fields'>>>,
  at: string,
): Pattern => {
  const source = [eventSource];
  if (when === undefined) return { source, ...(!types.includes('*') && { 'detail-type': typeRules(types) }) };
  if (types.includes('*')) throw new Error(`${at} has a "when" on all events ("*"): name the types that it is for`);
  const names = new Set(Object.keys(models));
  const byImage = Map.groupBy(types, (type) => imageOf(type, names));
  const branches = [...byImage].map(([image, some]) => {
    const nouns = new Set(some.map((type) => type.split('.')[0] ?? ''));
    const filter = filterPattern(when, kindsIn([...nouns], models, `${at}.when`), `${at}.when`);
    return { 'detail-type': typeRules(some), detail: { data: dataPattern(image, filter) } };
  });
  const [first] = branches;
  return branches.length === 1 && first !== undefined ? { source, ...first } : { source, $or: branches };
};
