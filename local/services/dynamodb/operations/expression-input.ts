import { refuseIf, validationError } from '../dynamodb-errors.ts';
import { countOperators } from '../expressions/count-operators.ts';
import { ExpressionScope } from '../expressions/expression-scope.ts';
import type { ParsedCondition, ParsedExpressions, ParsedUpdate } from '../expressions/expression-tree.ts';
import { DepthError, parseCondition } from '../expressions/parse-condition.ts';
import { parseProjection } from '../expressions/parse-projection.ts';
import { parseUpdate } from '../expressions/parse-update.ts';
import { ExpressionSyntaxError } from '../expressions/token-stream.ts';
import type { AttributeValue } from '../values/attribute-value.ts';
import { checkAttributeValue } from '../values/check-attribute-value.ts';

/** Bytes of one expression. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const MAX_EXPRESSION_BYTES = 4_096;
/** Operators and functions of one `UpdateExpression` or condition. Same source. */
const MAX_OPERATORS = 300;

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

type ExpressionName = 'UpdateExpression' | 'ConditionExpression' | 'KeyConditionExpression' | 'FilterExpression' | 'ProjectionExpression';

/** Parses the expressions of a request into its `_condition`, `_filter`, `_updates`, `_keyCondition` and `_projection`. */
export function parseExpressions(input: ExpressionInput): void {
  checkPlaceholders('ExpressionAttributeNames', '#', input.ExpressionAttributeNames);
  checkPlaceholders('ExpressionAttributeValues', ':', input.ExpressionAttributeValues);
  for (const [name, value] of Object.entries(input.ExpressionAttributeValues ?? {})) {
    const problem = checkAttributeValue(value);
    refuseIf(problem && `ExpressionAttributeValues contains invalid value: ${problem} for key ${name}`);
  }
  const scope = new ExpressionScope(input.ExpressionAttributeNames, input.ExpressionAttributeValues);
  const parsed = <T>(name: ExpressionName, parser: (expression: string, scope: ExpressionScope) => T | string): T | undefined =>
    input[name] === undefined ? undefined : parse(name, input[name], () => parser(input[name] as string, scope));
  const results = {
    _updates: parsed('UpdateExpression', parseUpdate),
    _condition: parsed('ConditionExpression', parseCondition),
    _keyCondition: parsed('KeyConditionExpression', parseCondition),
    _filter: parsed('FilterExpression', parseCondition),
    _projection: parsed('ProjectionExpression', parseProjection),
  };
  for (const [member, result] of Object.entries(results)) {
    if (result !== undefined) Object.assign(input, { [member]: result });
  }
  checkUnused('ExpressionAttributeNames', scope.unusedNames);
  checkUnused('ExpressionAttributeValues', scope.unusedValues);
}

function parse<T>(name: ExpressionName, expression: string, parser: () => T | string): T {
  if (expression === '') throw validationError(`Invalid ${name}: The expression can not be empty;`);
  const size = Buffer.byteLength(expression);
  if (size > MAX_EXPRESSION_BYTES) {
    throw validationError(`Invalid ${name}: Expression size has exceeded the maximum allowed size; expression size: ${size}`);
  }
  const result = withSyntaxErrors(parser);
  if (typeof result === 'string') throw validationError(`Invalid ${name}: ${result}`);
  const operators = countOperators(result as ParsedCondition | ParsedUpdate);
  if (operators > MAX_OPERATORS)
    throw validationError(`Invalid ${name}: The expression contains too many operators; operator count: ${operators}`);
  return result;
}

function withSyntaxErrors<T>(parser: () => T | string): T | string {
  try {
    return parser();
  } catch (error) {
    if (error instanceof ExpressionSyntaxError || error instanceof DepthError) return error.message;
    throw error;
  }
}

function checkPlaceholders(member: string, sign: string, placeholders: Readonly<Record<string, unknown>> | undefined): void {
  if (placeholders === undefined) return;
  const names = Object.keys(placeholders);
  if (names.length === 0) throw validationError(`${member} must not be empty`);
  for (const name of names) {
    if (!name.startsWith(sign) || !/^[0-9a-zA-Z_]+$/.test(name.slice(1))) {
      throw validationError(`${member} contains invalid key: Syntax error; key: "${name}"`);
    }
  }
}

function checkUnused(member: string, unused: ReadonlySet<string>): void {
  if (unused.size > 0) throw validationError(`Value provided in ${member} unused in expressions: keys: {${[...unused].join(', ')}}`);
}
