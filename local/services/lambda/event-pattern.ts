import { BlockList, isIP } from 'node:net';

type Json = unknown;

/**
 * Whether an event matches a pattern of filter criteria: every named member must match one of its listed values or rules.
 *
 * @throws Error when the pattern is none
 */
export function matchesPattern(pattern: Json, event: Json): boolean {
  if (!isRecord(pattern)) throw new Error(`not an event pattern: ${JSON.stringify(pattern)}`);
  return Object.entries(pattern).every(([name, expected]) => {
    if (name === '$or') return (expected as Json[]).some((alternative) => matchesPattern(alternative, event));
    const actual = isRecord(event) && Object.hasOwn(event, name) ? event[name] : undefined;
    if (Array.isArray(expected)) return expected.some((rule) => matchesRule(rule, actual));
    return isRecord(actual) || onlyAsksForAbsence(expected) ? matchesPattern(expected, actual) : false;
  });
}

/** A pattern such as `{ a: { b: [{ exists: false }] } }` also matches where there is no `a`. */
function onlyAsksForAbsence(pattern: Json): boolean {
  if (Array.isArray(pattern)) return pattern.some((rule) => isRecord(rule) && rule['exists'] === false);
  return isRecord(pattern) && Object.values(pattern).every(onlyAsksForAbsence);
}

/**
 * Looks at every rule of a pattern.
 *
 * @throws Error when one is none
 */
export function checkPattern(pattern: Json): void {
  if (!isRecord(pattern) || Object.keys(pattern).length === 0) throw new Error(`not an event pattern: ${JSON.stringify(pattern)}`);
  for (const [name, expected] of Object.entries(pattern)) {
    if (!Array.isArray(expected)) checkPattern(expected);
    else if (expected.length === 0) throw new Error(`${name} allows nothing`);
    else if (name === '$or') expected.forEach(checkPattern);
    else for (const rule of expected.filter(isRecord)) matchesRule(rule, '');
  }
}

function matchesRule(rule: Json, actual: Json): boolean {
  if (Array.isArray(actual)) return actual.some((element) => matchesRule(rule, element));
  if (!isRecord(rule)) return rule === actual;
  const [[kind, operand] = []] = Object.entries(rule);
  const matcher = kind === undefined ? undefined : matchers[kind];
  if (matcher === undefined) throw new Error(`unknown rule in an event pattern: ${JSON.stringify(rule)}`);
  return matcher(operand, actual);
}

const matchers: Readonly<Record<string, (operand: Json, actual: Json) => boolean>> = {
  exists: (operand, actual) => (actual !== undefined) === operand,
  prefix: (operand, actual) => textRule(operand, actual, (text, wanted) => text.startsWith(wanted)),
  suffix: (operand, actual) => textRule(operand, actual, (text, wanted) => text.endsWith(wanted)),
  wildcard: (operand, actual) => textRule(operand, actual, (text, wanted) => wildcardExpression(wanted).test(text)),
  'equals-ignore-case': (operand, actual) => textRule(operand, actual, (text, wanted) => text.toLowerCase() === wanted.toLowerCase()),
  cidr: (operand, actual) => typeof actual === 'string' && isInNetwork(actual, String(operand)),
  'anything-but': (operand, actual) =>
    actual !== undefined && ![operand].flat().some((refused) => (isRecord(refused) ? matchesRule(refused, actual) : refused === actual)),
  numeric: (operand, actual) => numericRule(operand, actual),
};

function textRule(operand: Json, actual: Json, test: (text: string, wanted: string) => boolean): boolean {
  if (typeof actual !== 'string') return false;
  // `anything-but` may name several at once.
  if (Array.isArray(operand)) return operand.some((one) => textRule(one, actual, test));
  if (isRecord(operand)) return test(actual.toLowerCase(), String(operand['equals-ignore-case']).toLowerCase());
  return test(actual, String(operand));
}

/** `*` stands for any text, `\*` for itself. */
function wildcardExpression(wanted: string): RegExp {
  const parts = wanted.match(/\\[*\\]|\*|[^*\\]+|\\/g) ?? [];
  const source = parts.map((part) => (part === '*' ? '.*' : escapeExpression(part.replace(/^\\(?=[*\\])/, ''))));
  return new RegExp(`^${source.join('')}$`, 's');
}

const escapeExpression = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

function isInNetwork(address: string, network: string): boolean {
  const [base = '', bits] = network.split('/');
  const family = isIP(base) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(base) === 0) throw new Error(`not a network in an event pattern: ${network}`);
  if (isIP(address) !== isIP(base)) return false;
  const list = new BlockList();
  list.addSubnet(base, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  return list.check(address, family);
}

function numericRule(operand: Json, actual: Json): boolean {
  // DynamoDB's stream records hold numbers as text.
  const value = typeof actual === 'string' && actual.trim() !== '' ? Number(actual) : actual;
  if (typeof value !== 'number' || !Array.isArray(operand)) return false;
  for (let index = 0; index < operand.length; index += 2) {
    if (!compare(String(operand[index]), value, Number(operand[index + 1]))) return false;
  }
  return true;
}

function compare(operator: string, value: number, bound: number): boolean {
  switch (operator) {
    case '=':
      return value === bound;
    case '<':
      return value < bound;
    case '<=':
      return value <= bound;
    case '>':
      return value > bound;
    case '>=':
      return value >= bound;
    default:
      throw new Error(`unknown operator in an event pattern: ${operator}`);
  }
}

function isRecord(value: Json): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
