import conditionParser from 'dynalite/db/conditionParser.js';
import projectionParser from 'dynalite/db/projectionParser.js';
import updateParser from 'dynalite/db/updateParser.js';
import validations from 'dynalite/validations/index.js';
import { refuseIf, validationError } from '../dynamodb-errors.ts';
import { conditionProblem } from '../expressions/check-condition.ts';
import { countOperators } from '../expressions/count-operators.ts';
import type { ParsedExpressions } from '../expressions/expression-tree.ts';
import { syntaxErrorMessage } from '../expressions/syntax-error.ts';
import type { AttributeValue } from '../values/attribute-value.ts';
import { checkAttributeValue } from '../values/check-attribute-value.ts';

/** Bytes of one expression. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const MAX_EXPRESSION_BYTES = 4_096;
/** Operators and functions of one `UpdateExpression` or condition. Same source. */
const MAX_OPERATORS = 300;
const PARSERS = {
  UpdateExpression: updateParser,
  ConditionExpression: conditionParser,
  KeyConditionExpression: conditionParser,
  FilterExpression: conditionParser,
  ProjectionExpression: projectionParser,
} as const;
type ExpressionName = keyof typeof PARSERS;
const NAMES = Object.keys(PARSERS) as ExpressionName[];

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
  const problem = validations.validateExpressions(input);
  refuseIf(problem && awsMessage(problem, input));
  checkParsed('ConditionExpression', input._condition);
  checkParsed('FilterExpression', input._filter);
  checkParsed('UpdateExpression', input._updates);
}

function checkParsed(name: ExpressionName, parsed: ParsedExpressions['_condition'] | ParsedExpressions['_updates']): void {
  if (parsed === undefined) return;
  const operators = countOperators(parsed);
  if (operators > MAX_OPERATORS)
    throw validationError(`Invalid ${name}: The expression contains too many operators; operator count: ${operators}`);
  const problem = 'expression' in parsed ? conditionProblem(parsed.expression) : undefined;
  refuseIf(problem && `Invalid ${name}: ${problem}`);
}

function checkExpressionValues(values: Record<string, AttributeValue>): void {
  for (const name of Object.keys(values)) {
    if (!/^:[0-9a-zA-Z_]+$/.test(name)) continue;
    const problem = checkAttributeValue(values[name] as AttributeValue);
    refuseIf(problem && `ExpressionAttributeValues contains invalid value: ${problem} for key ${name}`);
  }
}

/** dynalite's message in the words that AWS uses today. */
function awsMessage(problem: string, input: ExpressionInput): string {
  const [, name] = /^Invalid (\w+): Syntax error;/.exec(problem) ?? [];
  if (name !== undefined) return `Invalid ${name}: ${syntaxMessage(name as ExpressionName, input)}`;
  return problem
    .replace(/(operator: (ADD|DELETE), operand type: \w+)$/, '$1, typeSet: ALLOWED_FOR_$2_OPERAND')
    .replace(
      /^(Invalid UpdateExpression: )Invalid function name(; function: (size|contains|begins_with|attribute_\w+))$/,
      '$1The function is not allowed in an update expression$2',
    );
}

/** dynalite does not pass on where its parser stopped, so the expression that failed is parsed once more. */
function syntaxMessage(name: ExpressionName, input: ExpressionInput): string {
  const expression = input[name] ?? '';
  const context = {
    attrNames: input.ExpressionAttributeNames,
    attrVals: input.ExpressionAttributeValues,
    unusedAttrNames: {},
    unusedAttrVals: {},
    isReserved: () => false,
    compare: () => false,
  };
  try {
    PARSERS[name].parse(expression, { context });
  } catch (error) {
    const location = (error as { location?: { start: { offset: number } } }).location;
    if (location !== undefined) return syntaxErrorMessage(expression, location.start);
  }
  return syntaxErrorMessage(expression, { offset: expression.length });
}
