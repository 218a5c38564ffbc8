import type { z } from 'zod';
import { checkPattern } from './check-pattern.ts';
import { patternFormats, recognizeNormalizer } from './string-formats.ts';

/** What this compiler reads of a Zod definition, whatever its type. */
export interface ZodDefinition {
  readonly type: string;
  readonly format?: string;
  readonly check?: string;
  readonly pattern?: RegExp;
  readonly coerce?: boolean;
  readonly local?: boolean;
  readonly fn?: unknown;
  readonly tx?: (text: string) => unknown;
  readonly checks?: readonly { readonly _zod: { readonly def: ZodDefinition } }[];
  readonly innerType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly items?: readonly z.ZodType[];
  readonly rest?: z.ZodType | null;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly catchall?: z.ZodType;
  readonly keyType?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly discriminator?: string;
  readonly inclusive?: boolean;
  readonly getter?: () => z.ZodType;
  readonly defaultValue?: unknown;
}

/** The definition behind a Zod type. */
export const definitionOf = (type: z.ZodType): ZodDefinition => type._zod.def as unknown as ZodDefinition;

const plainTypes: ReadonlySet<string> = new Set([
  ...['string', 'number', 'boolean', 'null', 'enum', 'literal', 'array', 'tuple', 'object', 'record', 'union', 'any', 'unknown'],
  ...['optional', 'nullable', 'default', 'prefault', 'readonly', 'nonoptional', 'lazy', 'template_literal'],
]);

/** What to write instead of a type that JSON Schema cannot say. */
const advice: Readonly<Record<string, string>> = {
  date: 'use z.iso.datetime() or z.iso.date()',
  bigint: 'use z.int(), or z.string() for numbers beyond 2^53',
  map: 'use z.record() or z.array()',
  set: 'use z.array()',
  transform: 'store the value as it is sent, and change it where it is read',
  pipe: 'store the value as it is sent, and change it where it is read',
  catch: 'use .default(), so that wrong values are refused',
  custom: 'say it with types, lengths, bounds, .regex() or z.enum()',
  intersection: 'write one z.object() with the fields of both',
  file: 'keep the file elsewhere and its name in a z.string()',
  nan: 'use z.number()',
  undefined: 'use .optional()',
  void: 'use .optional()',
  never: 'leave the field out',
};

const plainChecks: ReadonlySet<string> = new Set([
  ...[
    'less_than',
    'greater_than',
    'multiple_of',
    'number_format',
    'min_length',
    'max_length',
    'length_equals',
    'string_format',
    'overwrite',
  ],
]);

/** Who wrote the patterns: `checked` ones are searched for ReDoS, `trusted` ones are our own, and tests time them. */
export type PatternOrigin = 'checked' | 'trusted';

const checkStringFormat = (definition: ZodDefinition, at: string, patterns: PatternOrigin): void => {
  const { format = '', pattern } = definition;
  if (!patternFormats.has(format)) {
    throw new Error(`${at} has the string format "${format}", which JSON Schema cannot say: use .regex() with .max()`);
  }
  if (definition.local === true)
    throw new Error(`${at} is a date and time without a zone, which has no place on the time line: remove "local"`);
  if (format === 'regex' && pattern !== undefined && patterns === 'checked') checkPattern(pattern, at);
};

const checkCheck = (definition: ZodDefinition, at: string, patterns: PatternOrigin): void => {
  const kind = definition.check ?? '';
  if (!plainChecks.has(kind)) {
    const instead = advice[kind] ?? advice['custom'];
    throw new Error(`${at} has a check made by a function (${kind === 'custom' ? '.refine' : kind}), which cannot be compiled: ${instead}`);
  }
  if (kind === 'string_format') checkStringFormat(definition, at, patterns);
  if (kind === 'overwrite' && (definition.tx === undefined || recognizeNormalizer(definition.tx) === undefined)) {
    throw new Error(
      `${at} has an .overwrite() of its own, which cannot be compiled: use .trim(), .toLowerCase(), .toUpperCase() or .normalize()`,
    );
  }
};

/** Waits for another millisecond, so that a default made of the time gives itself away. */
const readTwice = (read: () => unknown): readonly [string | undefined, string | undefined] => {
  const first = JSON.stringify(read());
  const start = Date.now();
  while (Date.now() === start);
  return [first, JSON.stringify(read())];
};

const checkDefault = (definition: ZodDefinition, at: string): void => {
  const [first, second] = readTwice(() => definition.defaultValue);
  if (first !== second) {
    throw new Error(
      `${at} has a default that differs with each call (${first}), but defaults are fixed when the backend is made: leave it out; createdAt, id and owner are set by the server`,
    );
  }
  if (first === undefined) throw new Error(`${at} has a default that JSON cannot carry: use a plain value`);
};

/** The types inside a type, with the names by which an error speaks of them. */
const partsOf = (definition: ZodDefinition, at: string): readonly (readonly [z.ZodType, string])[] => [
  ...(definition.innerType ? [[definition.innerType, at] as const] : []),
  ...(definition.element ? [[definition.element, `${at}[]`] as const] : []),
  ...(definition.items ?? []).map((item, index) => [item, `${at}[${index}]`] as const),
  ...(definition.rest ? [[definition.rest, `${at}[]`] as const] : []),
  ...Object.entries(definition.shape ?? {}).map(([name, type]) => [type, `${at}.${name}`] as const),
  ...(definition.catchall && definitionOf(definition.catchall).type !== 'never' ? [[definition.catchall, `${at}.*`] as const] : []),
  ...(definition.keyType ? [[definition.keyType, `${at}.<key>`] as const] : []),
  ...(definition.valueType ? [[definition.valueType, `${at}.*`] as const] : []),
  ...(definition.options ?? []).map((option) => [option, at] as const),
  ...(definition.getter ? [[definition.getter(), at] as const] : []),
];

/** Where the walk through a type is. */
interface Place {
  readonly at: string;
  readonly patterns: PatternOrigin;
  readonly insideUnion: boolean;
  readonly seen: Set<z.ZodType>;
}

const checkKind = (definition: ZodDefinition, at: string): void => {
  if (!plainTypes.has(definition.type)) {
    const instead = advice[definition.type] ?? advice['custom'];
    throw new Error(`${at} is of the Zod type "${definition.type}", which JSON Schema cannot say: ${instead}`);
  }
  if (definition.coerce === true)
    throw new Error(`${at} uses z.coerce, but values are checked as they are sent: use z.${definition.type}()`);
};

const check = (type: z.ZodType, place: Place): void => {
  const { at, patterns, seen } = place;
  if (seen.has(type)) return;
  seen.add(type);
  const definition = definitionOf(type);
  checkKind(definition, at);
  if (definition.type === 'string' && definition.format !== undefined) checkStringFormat(definition, at, patterns);
  for (const part of definition.checks ?? []) checkCheck(part._zod.def, at, patterns);
  if (definition.type === 'default' || definition.type === 'prefault') {
    if (place.insideUnion) throw new Error(`${at} has a default inside a union, which cannot be filled in: put .default() after the union`);
    checkDefault(definition, at);
  }
  const insideUnion = place.insideUnion || definition.type === 'union';
  for (const [part, name] of partsOf(definition, at)) check(part, { ...place, at: name, insideUnion });
};

/**
 * Refuses what a compiled validator could not check, so that nothing is silently left unchecked.
 *
 * @param at names the field, for the error
 * @throws Error that names the field and says what to write instead
 */
export const checkZodType = (type: z.ZodType, at: string, patterns: PatternOrigin): void => {
  check(type, { at, patterns, insideUnion: false, seen: new Set() });
};
