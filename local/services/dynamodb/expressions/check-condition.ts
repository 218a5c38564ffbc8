import { type AttributeValue, typeOf } from '../values/attribute-value.ts';
import { type Condition, isPath, type Operand } from './expression-tree.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html */
const MAX_IN_OPERANDS = 100;
const ORDERING: readonly string[] = ['<', '<=', '>', '>=', 'between'];
const ORDERED_TYPES: readonly string[] = ['S', 'N', 'B'];

/** What dynalite's parser lets through and DynamoDB does not; undefined when the condition is fine. */
export function conditionProblem(condition: Condition): string | undefined {
  switch (condition.type) {
    case 'and':
    case 'or':
    case 'not': {
      for (const part of condition.args) {
        const problem = conditionProblem(part);
        if (problem !== undefined) return problem;
      }
      return undefined;
    }
    case 'in': {
      const operands = condition.args.length - 1;
      return operands > MAX_IN_OPERANDS ? `The IN operator is provided with too many operands; number of operands: ${operands}` : undefined;
    }
    default:
      return ORDERING.includes(condition.type) ? unorderedOperand(condition.type, condition.args) : undefined;
  }
}

function unorderedOperand(operator: string, operands: readonly Operand[]): string | undefined {
  for (const operand of operands) {
    if (isPath(operand) || 'type' in operand) continue;
    const type = typeOf(operand as AttributeValue);
    if (ORDERED_TYPES.includes(type)) continue;
    return `Incorrect operand type for operator or function; operator or function: ${operator.toUpperCase()}, operand type: ${type}`;
  }
  return undefined;
}
