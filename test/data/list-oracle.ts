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

const compare = (value: unknown, operator: string, operand: Json): boolean => {
  if (operator === 'eq') return value === operand;
  if (operator === 'ne') return value !== operand;
  if (operator === 'lt') return alike(value, operand) && order(value, operand) < 0;
  if (operator === 'lte') return alike(value, operand) && order(value, operand) <= 0;
  if (operator === 'gt') return alike(value, operand) && order(value, operand) > 0;
  if (operator === 'gte') return alike(value, operand) && order(value, operand) >= 0;
  if (operator === 'between') return compare(value, 'gte', operand[0]) && compare(value, 'lte', operand[1]);
  if (operator === 'in') return operand.includes(value);
  if (operator === 'beginsWith') return typeof value === 'string' && value.startsWith(operand);
  if (operator === 'contains') return Array.isArray(value) ? value.includes(operand) : typeof value === 'string' && value.includes(operand);
  return (value !== undefined && value !== null) === operand;
};

export const passes = (filter: Json, row: Row): boolean =>
  Object.entries(filter).every(([key, part]: [string, Json]) => {
    if (key === 'and') return part.every((each: Json) => passes(each, row));
    if (key === 'or') return part.some((each: Json) => passes(each, row));
    if (key === 'not') return !passes(part, row);
    const comparisons: Json = typeof part === 'object' ? part : { eq: part };
    return Object.entries(comparisons).every(([operator, operand]) => compare(row[key], operator, operand));
  });

const speaksOf = ({ who }: Rule, caller: Caller, row: Row): boolean => {
  if (who.kind === 'anyone') return true;
  if (caller.kind === 'guest') return false;
  if (who.kind === 'group') return caller.groups.includes(who.group);
  return who.kind === 'signedIn' || row['owner'] === caller.id;
};

export const mayList = (rules: readonly Rule[], caller: Caller, row: Row): boolean =>
  rules.some(
    (rule) => rule.operations.includes('list') && speaksOf(rule, caller, row) && (rule.when === undefined || passes(rule.when, row)),
  );
