import { Big } from 'big.js';
import { validationError } from '../dynamodb-errors.ts';
import {
  type AttributeType,
  type AttributeValue,
  asType,
  cloneItem,
  cloneValue,
  contentOf,
  type Item,
  setAttribute,
  typeOf,
} from '../values/attribute-value.ts';
import { numberProblem, plainText } from '../values/normalize-number.ts';
import { stepInto, valueAt } from './document-path.ts';
import { type DocumentPath, isPath, type UpdateOperand, type UpdateSection } from './expression-tree.ts';

const WRONG_TYPE = 'An operand in the update expression has an incorrect data type';
const INVALID_PATH = 'The document path provided in the update expression is invalid for update';
const MISSING_ATTRIBUTE = 'The provided expression refers to an attribute that does not exist in the item';

/**
 * The item after the update. All operands are read from the item as it was; list positions mean the list as it was, and lists
 * close up at the end.
 * @throws AwsError `ValidationException` when a clause does not fit the item.
 */
export function applyUpdate(sections: readonly UpdateSection[], before: Item): Item {
  const after = cloneItem(before);
  const changedLists = new Set<AttributeValue>();
  for (const section of sections) {
    const parent = parentOf(after, section.path);
    if ('L' in parent) changedLists.add(parent);
    const step = section.path.at(-1) as string | number;
    assign(parent, step, newValue(section, before, stepInto(parent, step)));
  }
  for (const list of changedLists) closeUp(list);
  return after;
}

function newValue(section: UpdateSection, before: Item, existing: AttributeValue | undefined): AttributeValue | undefined {
  switch (section.type) {
    case 'set':
      return cloneValue(resolve(section.val, before));
    case 'remove':
      return undefined;
    case 'add':
      return addTo(existing, section.val);
    case 'delete':
      return deleteFrom(existing, section.val);
  }
}

/** `ADD`: a sum, or the union of two sets. */
export function addTo(existing: AttributeValue | undefined, value: AttributeValue): AttributeValue {
  if (existing === undefined) return value;
  const type = typeOf(value);
  if (typeOf(existing) !== type) throw validationError(WRONG_TYPE);
  if ('N' in value) return calculate('add', existing, value);
  return withMembers(type, [...new Set([...membersOf(existing), ...membersOf(value)])]) as AttributeValue;
}

/** `DELETE`: the set without these members; a set that runs empty goes away. */
export function deleteFrom(existing: AttributeValue | undefined, value: AttributeValue): AttributeValue | undefined {
  if (existing === undefined) return undefined;
  const type = typeOf(value);
  if (typeOf(existing) !== type) throw validationError(WRONG_TYPE);
  const gone = new Set(membersOf(value));
  return withMembers(
    type,
    membersOf(existing).filter((member) => !gone.has(member)),
  );
}

function membersOf(set: AttributeValue): string[] {
  return contentOf(set) as string[];
}

function withMembers(type: AttributeType, members: string[]): AttributeValue | undefined {
  return members.length === 0 ? undefined : ({ [type]: members } as unknown as AttributeValue);
}

function resolve(operand: UpdateOperand, before: Item): AttributeValue {
  if (isPath(operand)) {
    const value = valueAt(before, operand);
    if (value === undefined) throw validationError(MISSING_ATTRIBUTE);
    return value;
  }
  if (!('type' in operand)) return operand;
  const [first, second] = operand.args;
  if (operand.type !== 'function') return calculate(operand.type, resolve(first, before), resolve(second, before));
  if (operand.name === 'if_not_exists') {
    // The second operand must exist even when it is not needed.
    const otherwise = resolve(second, before);
    return valueAt(before, first as DocumentPath) ?? otherwise;
  }
  const [left, right] = [asType(resolve(first, before), 'L'), asType(resolve(second, before), 'L')];
  if (left === undefined || right === undefined) throw validationError(WRONG_TYPE);
  return { L: [...left, ...right] };
}

function calculate(type: 'add' | 'subtract', first: AttributeValue, second: AttributeValue): AttributeValue {
  const [left, right] = [asType(first, 'N'), asType(second, 'N')];
  if (left === undefined || right === undefined) throw validationError(WRONG_TYPE);
  const result = type === 'add' ? new Big(left).plus(right) : new Big(left).minus(right);
  const wrong = numberProblem(result);
  if (wrong !== undefined) throw validationError(wrong.problem);
  return { N: plainText(result) };
}

function parentOf(after: Item, path: DocumentPath): AttributeValue {
  const parent = path.length === 1 ? { M: after } : valueAt(after, path.slice(0, -1));
  const fits = parent !== undefined && (typeof path.at(-1) === 'number' ? 'L' in parent : 'M' in parent);
  if (!fits) throw validationError(INVALID_PATH);
  return parent;
}

/** Removing from a list leaves a hole until {@link closeUp}, so that later positions keep their meaning. */
function assign(parent: AttributeValue, step: string | number, value: AttributeValue | undefined): void {
  if ('L' in parent) {
    if (value !== undefined || (step as number) < parent.L.length) (parent.L as (AttributeValue | undefined)[])[step as number] = value;
  } else if ('M' in parent) {
    if (value === undefined) delete parent.M[step];
    else setAttribute(parent.M, step as string, value);
  }
}

function closeUp(list: AttributeValue): void {
  if ('L' in list) list.L = list.L.filter((member) => member !== undefined);
}
