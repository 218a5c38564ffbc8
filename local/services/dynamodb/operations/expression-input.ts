import validations from 'dynalite/validations/index.js';
import { refuseIf, validationError } from '../dynamodb-errors.ts';
import { countOperators } from '../expressions/count-operators.ts';
import type { ParsedExpressions } from '../expressions/expression-tree.ts';
import type { AttributeValue } from '../values/attribute-value.ts';
import { checkAttributeValue } from '../values/check-attribute-value.ts';

/** Bytes of one expression. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const MAX_EXPRESSION_BYTES = 4_096;
/** Operators and functions of one `UpdateExpression` or condition. Same source. */
const MAX_OPERATORS = 300;
const NAMES = ['UpdateExpression', 'ConditionExpression', 'KeyConditionExpression', 'FilterExpression', 'ProjectionExpression'] as const;
const PARSED = { UpdateExpression: '_updates', ConditionExpression: '_condition', FilterExpression: '_filter' } as const;

/** The members of a request that carry expressions. */
export interface ExpressionInput extends ParsedExpressions {
  readonly UpdateExpression?: string;
  readonly ConditionExpression?: string;
  readonly KeyConditionExpression?: string;
  readonly FilterExpression?: string;
  readonly ProjectionExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue>;
}

/** Parses the expressions of a request into its `_condition`, `_filter`, `_updates`, `_keyCondition` and `_projection`. */
export function parseExpressions(input: ExpressionInput): void {
  for (const name of NAMES) {
    const size = Buffer.byteLength(input[name] ?? '');
    if (size > MAX_EXPRESSION_BYTES) {
      throw validationError(`Invalid ${name}: Expression size has exceeded the maximum allowed size; expression size: ${size}`);
    }
  }
  if (input.ExpressionAttributeValues !== undefined) checkExpressionValues(input.ExpressionAttributeValues);
  refuseIf(validations.validateExpressions(input));
  for (const [name, member] of Object.entries(PARSED)) {
    const parsed = input[member as keyof ParsedExpressions];
    const operators = parsed === undefined ? 0 : countOperators(parsed);
    if (operators > MAX_OPERATORS) {
      throw validationError(`Invalid ${name}: The expression contains too many operators; operator count: ${operators}`);
    }
  }
}

function checkExpressionValues(values: Record<string, AttributeValue>): void {
  for (const name of Object.keys(values)) {
    if (!/^:[0-9a-zA-Z_]+$/.test(name)) continue;
    const problem = checkAttributeValue(values[name] as AttributeValue);
    refuseIf(problem && `ExpressionAttributeValues contains invalid value: ${problem} for key ${name}`);
  }
}
