import {
  type Condition,
  isPath,
  type ParsedCondition,
  type ParsedProjection,
  type ParsedUpdate,
  type UpdateOperand,
} from './expression-tree.ts';

/** Operators and functions of an expression, as the limit of 300 counts them: assignments and clauses are none. */
export function countOperators(parsed: ParsedCondition | ParsedUpdate | ParsedProjection): number {
  if ('sections' in parsed)
    return parsed.sections.reduce((count, section) => count + (section.type === 'set' ? countInOperand(section.val) : 0), 0);
  return 'expression' in parsed ? countInCondition(parsed.expression) : 0;
}

function countInCondition(condition: Condition): number {
  let count = 0;
  const open: unknown[] = [condition];
  while (open.length > 0) {
    const node = open.pop();
    if (!isPath(node) && typeof node === 'object' && node !== null && 'type' in node) {
      count += 1;
      open.push(...(node as unknown as { args: unknown[] }).args);
    }
  }
  return count;
}

function countInOperand(operand: UpdateOperand): number {
  if (isPath(operand) || !('type' in operand)) return 0;
  return 1 + countInOperand(operand.args[0]) + countInOperand(operand.args[1]);
}
