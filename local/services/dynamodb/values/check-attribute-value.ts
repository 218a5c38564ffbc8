import type { AttributeValue, Item } from './attribute-value.ts';
import { normalizeNumber } from './normalize-number.ts';

/** Levels of maps and lists. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const MAX_NESTING = 32;
const TOO_DEEP = 'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit';
const INVALID = 'One or more parameter values were invalid: ';

/** What is wrong with a value, undefined when it is fine. Numbers in it are brought into normal form in place. */
export function checkAttributeValue(value: AttributeValue, depth = 0): string | undefined {
  const types = Object.keys(value);
  if (types.length === 0) return 'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes';
  if (types.length > 1)
    return 'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes';
  if ('S' in value) return undefined;
  if ('N' in value) return checkNumber(value);
  if ('M' in value || 'L' in value) return checkNested(value, depth);
  if ('NULL' in value && !value.NULL) return `${INVALID}Null attribute value types must have the value of true`;
  if ('SS' in value)
    return checkSet(
      value.SS,
      `${INVALID}An string set  may not be empty`,
      (set) => `${INVALID}Input collection ${set} contains duplicates.`,
    );
  if ('NS' in value) return checkNumberSet(value);
  if ('BS' in value)
    return checkSet(
      value.BS,
      `${INVALID}Binary sets should not be empty`,
      (set) => `${INVALID}Input collection ${set}of type BS contains duplicates.`,
    );
  return undefined;
}

/** The first problem in the attributes of an item. */
export function checkItem(item: Item): string | undefined {
  for (const name of Object.keys(item)) {
    const problem = checkAttributeValue(item[name] as AttributeValue);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function checkNumber(value: { N: string }): string | undefined {
  const normal = normalizeNumber(value.N);
  if ('problem' in normal) return normal.problem;
  value.N = normal.text;
  return undefined;
}

function checkNested(value: { M: Item } | { L: AttributeValue[] }, depth: number): string | undefined {
  for (const member of 'M' in value ? Object.values(value.M) : value.L) {
    if (depth + 1 >= MAX_NESTING) return TOO_DEEP;
    const problem = checkAttributeValue(member, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function checkSet(set: readonly string[], empty: string, duplicate: (set: string) => string): string | undefined {
  if (set.length === 0) return empty;
  return new Set(set).size < set.length ? duplicate(`[${set.join(', ')}]`) : undefined;
}

function checkNumberSet(value: { NS: string[] }): string | undefined {
  const set = value.NS;
  for (const [position, text] of set.entries()) {
    const normal = normalizeNumber(text);
    if ('problem' in normal) return normal.problem;
    set[position] = normal.text;
  }
  return checkSet(set, `${INVALID}An number set  may not be empty`, () => 'Input collection contains duplicates');
}
