import type { FieldKind } from '../../contracts/compiled.ts';
import type { FieldFacts } from './compile-fields.ts';
import { systemFieldFacts } from './compile-fields.ts';

/** The sign for all records of the model. */
const all = '*';
/** Kinds whose values are one text, number, date or boolean. */
const countable: ReadonlySet<FieldKind> = new Set(['string', 'number', 'integer', 'boolean', 'dateTime']);

const checkCount = (name: string, fields: Readonly<Record<string, FieldFacts>>, at: string): void => {
  if (name === all || name === 'owner') return;
  if (Object.hasOwn(systemFieldFacts, name))
    throw new Error(`${at} names ${name}, whose values no two records share: count "*", or remove it`);
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (field === undefined) {
    throw new Error(
      `${at} names the field ${JSON.stringify(name)}, which the model does not have: use one of *, owner, ${Object.keys(fields).join(', ')}`,
    );
  }
  if (!countable.has(field.kind)) {
    throw new Error(`${at} names ${name}, which is of the kind ${field.kind}: only texts, numbers, dates and booleans can be counted`);
  }
};

/**
 * Checks the counters that a model declares.
 *
 * @throws Error for unknown fields, fields of a kind that cannot be counted, and a model whose records end by themselves
 */
export const checkCounts = (
  count: readonly string[],
  { fields, ttl, at }: { readonly fields: Readonly<Record<string, FieldFacts>>; readonly ttl: string | undefined; readonly at: string },
): readonly string[] => {
  if (!Array.isArray(count)) throw new Error(`${at} is ${JSON.stringify(count)}: use a list of fields, or ["*"] for all records`);
  for (const name of count) checkCount(name, fields, at);
  if (new Set(count).size !== count.length) throw new Error(`${at} names a field twice (${count.join(', ')}): name it once`);
  if (count.length > 0 && ttl !== undefined) {
    throw new Error(
      `${at} is declared beside ttl, but records that DynamoDB deletes by itself would stay counted: remove count, or remove ttl and delete the records yourself`,
    );
  }
  return count;
};

/** The counters through which so many writes go that one item of DynamoDB may be too little for them. */
export const warningsOfCounts = (count: readonly string[], fields: Readonly<Record<string, FieldFacts>>, at: string): readonly string[] =>
  count
    .filter((name) => name === all || (Object.hasOwn(fields, name) && fields[name]?.kind === 'boolean'))
    .map(
      (name) =>
        `${at} counts ${name === all ? 'all records' : `the two values of ${name}`} in ${name === all ? 'one item' : 'two items'}: DynamoDB takes about 1,000 writes a second for one item, and every create and delete of the model is one`,
    );
