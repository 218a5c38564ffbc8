import { type AttributeValue, contentOf, type Item, typeOf, valuesEqual } from '../values/attribute-value.ts';
import { compareValues } from '../values/compare-values.ts';
import { binarySize } from '../values/item-size.ts';
import { valueAt } from './document-path.ts';
import { type Condition, type ConditionFunction, isPath, type Operand } from './expression-tree.ts';

/** Whether the item fulfils the condition. A missing attribute fulfils no comparison but `<>`. */
export function matches(condition: Condition, item: Item): boolean {
  switch (condition.type) {
    case 'and':
      return matches(condition.args[0], item) && matches(condition.args[1], item);
    case 'or':
      return matches(condition.args[0], item) || matches(condition.args[1], item);
    case 'not':
      return !matches(condition.args[0], item);
    case 'function':
      return matchesFunction(condition.name, condition.args, item);
    default:
      return matchesComparison(
        condition.type,
        condition.args.map((operand) => resolve(operand, item)),
      );
  }
}

function matchesComparison(operator: string, [left, ...right]: (AttributeValue | undefined)[]): boolean {
  if (operator === '<>') return left === undefined || right[0] === undefined || !valuesEqual(left, right[0]);
  if (left === undefined) return false;
  switch (operator) {
    case '=':
      return isEqual(left, right[0]);
    case 'in':
      return right.some((candidate) => isEqual(left, candidate));
    case 'between':
      return isOrdered(left, right[0], (order) => order >= 0) && isOrdered(left, right[1], (order) => order <= 0);
    case '<':
      return isOrdered(left, right[0], (order) => order < 0);
    case '<=':
      return isOrdered(left, right[0], (order) => order <= 0);
    case '>':
      return isOrdered(left, right[0], (order) => order > 0);
    default:
      return isOrdered(left, right[0], (order) => order >= 0);
  }
}

function isEqual(left: AttributeValue, right: AttributeValue | undefined): boolean {
  return right !== undefined && valuesEqual(left, right);
}

function isOrdered(left: AttributeValue, right: AttributeValue | undefined, test: (order: number) => boolean): boolean {
  const order = right && compareValues(left, right);
  return order !== undefined && test(order);
}

function matchesFunction(name: ConditionFunction, args: readonly Operand[], item: Item): boolean {
  const value = resolve(args[0] as Operand, item);
  if (name === 'attribute_exists') return value !== undefined;
  if (name === 'attribute_not_exists') return value === undefined;
  const operand = resolve(args[1] as Operand, item);
  if (value === undefined || operand === undefined) return false;
  if (name === 'attribute_type') return typeOf(value) === contentOf(operand);
  return name === 'begins_with' ? beginsWith(value, operand) : contains(value, operand);
}

function beginsWith(value: AttributeValue, operand: AttributeValue): boolean {
  if ('S' in value && 'S' in operand) return value.S.startsWith(operand.S);
  if ('B' in value && 'B' in operand) {
    const prefix = bytes(operand.B);
    return bytes(value.B).subarray(0, prefix.length).equals(prefix);
  }
  return false;
}

function contains(value: AttributeValue, operand: AttributeValue): boolean {
  if ('L' in value) return value.L.some((member) => valuesEqual(member, operand));
  if ('S' in value) return 'S' in operand && value.S.includes(operand.S);
  if ('B' in value) return 'B' in operand && bytes(value.B).includes(bytes(operand.B));
  if ('SS' in value) return 'S' in operand && value.SS.includes(operand.S);
  if ('NS' in value) return 'N' in operand && value.NS.includes(operand.N);
  return 'BS' in value && 'B' in operand && value.BS.includes(operand.B);
}

function resolve(operand: Operand, item: Item): AttributeValue | undefined {
  if (isPath(operand)) return valueAt(item, operand);
  if (!('type' in operand)) return operand;
  const value = resolve(operand.args[0], item);
  const size = value && sizeOf(value);
  return size === undefined ? undefined : { N: String(size) };
}

/** `size()`: UTF-16 units of a text (as AWS counts, whatever the item size is), bytes of binary, members of a collection. */
function sizeOf(value: AttributeValue): number | undefined {
  if ('S' in value) return value.S.length;
  if ('B' in value) return binarySize(value.B);
  const content = contentOf(value);
  if (Array.isArray(content)) return content.length;
  return 'M' in value ? Object.keys(value.M).length : undefined;
}

function bytes(base64: string): Buffer {
  return Buffer.from(base64, 'base64');
}
