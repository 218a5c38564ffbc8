import { BlockList, isIP } from 'node:net';
import { type Comparison, compileText, type TextTest } from './policy-text.ts';

/** Compares values of a request with one value of a policy. */
export interface ConditionOperator {
  /** `…Not…`: the condition holds when no value of the policy fits. */
  readonly negated: boolean;
  /** The test answers undefined where the two can't be compared: then the condition holds neither way. */
  readonly compile: (policyValue: string, variables: boolean) => TextTest;
}

const text = (comparison: Comparison, negated = false): ConditionOperator => ({
  negated,
  compile: (policyValue, variables) => compileText(policyValue, comparison, variables),
});

type Compare = (value: number, wanted: number) => boolean;

/** Variables stand in texts and ARNs only. */
const ordered = (read: (value: string) => number, compare: Compare, negated = false): ConditionOperator => ({
  negated,
  compile: (policyValue) => {
    const wanted = read(policyValue);
    return (value) => {
      const actual = read(value);
      return Number.isNaN(wanted) || Number.isNaN(actual) ? undefined : compare(actual, wanted);
    };
  },
});

const readNumber = (value: string): number => (value.trim() === '' ? Number.NaN : Number(value));

/** A date of ISO 8601 or seconds since 1970. */
const readDate = (value: string): number => (/^\d{5,}$/.test(value) ? Number(value) * 1_000 : Date.parse(value));

const comparisons = {
  Equals: (value: number, wanted: number) => value === wanted,
  LessThan: (value: number, wanted: number) => value < wanted,
  LessThanEquals: (value: number, wanted: number) => value <= wanted,
  GreaterThan: (value: number, wanted: number) => value > wanted,
  GreaterThanEquals: (value: number, wanted: number) => value >= wanted,
};

function orderedOperators(prefix: string, read: (value: string) => number): [string, ConditionOperator][] {
  const positive = Object.entries(comparisons).map(([name, compare]): [string, ConditionOperator] => [
    `${prefix}${name}`,
    ordered(read, compare),
  ]);
  return [...positive, [`${prefix}NotEquals`, ordered(read, comparisons.Equals, true)]];
}

const bool: ConditionOperator = {
  negated: false,
  compile: (policyValue) => {
    const wanted = policyValue.toLowerCase();
    return (value) => value.toLowerCase() === wanted;
  },
};

const binary: ConditionOperator = { negated: false, compile: (policyValue) => (value) => value === policyValue };

const ipAddress = (negated: boolean): ConditionOperator => ({
  negated,
  compile: (policyValue) => {
    const range = addressRange(policyValue);
    return (value) => {
      const version = isIP(value);
      return range === undefined || version === 0 ? undefined : range.check(value, version === 4 ? 'ipv4' : 'ipv6');
    };
  },
});

/** A range such as `10.0.0.0/8`, or one address. */
function addressRange(source: string): BlockList | undefined {
  const [address = '', prefix] = source.split('/');
  const version = isIP(address);
  const longest = version === 4 ? 32 : 128;
  const length = prefix === undefined ? longest : readNumber(prefix);
  if (version === 0 || !(Number.isInteger(length) && length >= 0 && length <= longest)) return undefined;
  const range = new BlockList();
  range.addSubnet(address, length, version === 4 ? 'ipv4' : 'ipv6');
  return range;
}

const operators = new Map<string, ConditionOperator>(
  [
    ['StringEquals', text('exact')] as const,
    ['StringNotEquals', text('exact', true)] as const,
    ['StringEqualsIgnoreCase', text('ignoringCase')] as const,
    ['StringNotEqualsIgnoreCase', text('ignoringCase', true)] as const,
    ['StringLike', text('like')] as const,
    ['StringNotLike', text('like', true)] as const,
    ['ArnEquals', text('arn')] as const,
    ['ArnLike', text('arn')] as const,
    ['ArnNotEquals', text('arn', true)] as const,
    ['ArnNotLike', text('arn', true)] as const,
    ['Bool', bool] as const,
    ['BinaryEquals', binary] as const,
    ['IpAddress', ipAddress(false)] as const,
    ['NotIpAddress', ipAddress(true)] as const,
    ...orderedOperators('Numeric', readNumber),
    ...orderedOperators('Date', readDate),
  ].map(([name, operator]) => [name.toLowerCase(), operator]),
);

/**
 * A condition operator by its bare name, without set operator and `IfExists`.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
export const conditionOperator = (name: string): ConditionOperator | undefined => operators.get(name.toLowerCase());
