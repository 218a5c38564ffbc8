import type { Rule } from '../../contracts/access.ts';
import type { Caller } from '../../lambdas/runtime/request.ts';

// A second, naive reading of rules and filters, written without a look at the handlers'.

type Row = Readonly<Record<string, unknown>>;
// biome-ignore lint/suspicious/noExplicitAny: a filter is any JSON here
type Json = any;

const bytes = (text: unknown): Buffer => Buffer.from(String(text));
export const order = (left: unknown, right: unknown): number =>
  typeof left === 'string' ? Buffer.compare(bytes(left), bytes(right)) : Number(left) - Number(right);
const alike = (left: unknown, right: unknown): boolean => typeof left === typeof right && left !== undefined;

type Comparison = (value: Json, operand: Json) => boolean;
const lte: Comparison = (value, operand) => alike(value, operand) && order(value, operand) <= 0;
const gte: Comparison = (value, operand) => alike(value, operand) && order(value, operand) >= 0;

const comparisons: Readonly<Record<string, Comparison>> = {
  eq: (value, operand) => value === operand,
  ne: (value, operand) => value !== operand,
  lt: (value, operand) => alike(value, operand) && order(value, operand) < 0,
  lte,
  gt: (value, operand) => alike(value, operand) && order(value, operand) > 0,
  gte,
  between: (value, [low, high]) => gte(value, low) && lte(value, high),
  in: (value, operand) => operand.includes(value),
  beginsWith: (value, operand) => typeof value === 'string' && value.startsWith(operand),
  contains: (value, operand) => (typeof value === 'string' || Array.isArray(value)) && value.includes(operand),
  exists: (value, operand) => (value !== undefined && value !== null) === operand,
};

export const passes = (filter: Json, row: Row): boolean =>
  Object.entries(filter).every(([key, part]: [string, Json]) => {
    if (key === 'and') return part.every((each: Json) => passes(each, row));
    if (key === 'or') return part.some((each: Json) => passes(each, row));
    if (key === 'not') return !passes(part, row);
    const asked: Json = typeof part === 'object' ? part : { eq: part };
    return Object.entries(asked).every(([operator, operand]) => comparisons[operator]?.(row[key], operand));
  });

const speaksOf = ({ who }: Rule, caller: Caller, row: Row): boolean => {
  if (who.kind === 'anyone') return true;
  if (caller.kind === 'system') return true;
  if (caller.kind === 'guest') return false;
  if (who.kind === 'group') return caller.groups.includes(who.group);
  return who.kind === 'signedIn' || row['owner'] === caller.id;
};

export const mayList = (rules: readonly Rule[], caller: Caller, row: Row): boolean =>
  rules.some(
    (rule) => rule.operations.includes('list') && speaksOf(rule, caller, row) && (rule.when === undefined || passes(rule.when, row)),
  );
