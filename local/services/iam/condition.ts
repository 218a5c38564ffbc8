import { type ConditionOperator, conditionOperator } from './condition-operators.ts';
import { listOf, PolicyError } from './policy-document.ts';
import type { TextTest } from './policy-text.ts';
import type { RequestContext } from './request-context.ts';

/** Whether a condition of a statement holds for a request. */
export type Condition = (context: RequestContext) => boolean;

/** For example `ForAllValues:StringEqualsIfExists`. */
const OPERATOR_NAME = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/i;

/**
 * Makes the conditions of a statement; all of them must hold.
 *
 * @throws PolicyError when an operator is not one of IAM's
 */
export function compileConditions(block: Readonly<Record<string, unknown>> = {}, variables: boolean): readonly Condition[] {
  return Object.entries(block).flatMap(([operatorName, keys]) =>
    Object.entries(keys as Readonly<Record<string, unknown>>).map(([key, policyValues]) =>
      compileCondition(operatorName, key, { policyValues: listOf(policyValues).map(String), variables }),
    ),
  );
}

function compileCondition(
  operatorName: string,
  key: string,
  { policyValues, variables }: { readonly policyValues: readonly string[]; readonly variables: boolean },
): Condition {
  const [, set, name = '', ifExists] = OPERATOR_NAME.exec(operatorName) ?? [];
  if (name.toLowerCase() === 'null') return nullCondition(key, policyValues);
  const operator = conditionOperator(name);
  if (operator === undefined) throw new PolicyError(`IAM has no condition operator ${operatorName}`);
  const tests = policyValues.map((value) => operator.compile(value, variables));
  const holds = (value: string, context: RequestContext): boolean => fits(operator, tests, value, context);
  const whenMissing = ifExists !== undefined || missingHolds(set, operator);
  return (context) => {
    const values = context.values(key);
    if (values === undefined) return whenMissing;
    switch (set?.toLowerCase()) {
      case 'forallvalues':
        return values.every((value) => holds(value, context));
      case 'foranyvalue':
        return values.some((value) => holds(value, context));
      default:
        // Several values need a set operator; a condition without one does not hold.
        return values.length === 1 && values.every((value) => holds(value, context));
    }
  };
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html */
function missingHolds(set: string | undefined, operator: ConditionOperator): boolean {
  return set === undefined ? operator.negated : set.toLowerCase() === 'forallvalues';
}

function fits({ negated }: ConditionOperator, tests: readonly TextTest[], value: string, context: RequestContext): boolean {
  return negated ? tests.every((test) => test(value, context) === false) : tests.some((test) => test(value, context) === true);
}

/** `Null` asks whether a key is missing. */
function nullCondition(key: string, policyValues: readonly string[]): Condition {
  const wanted = policyValues.map((value) => value.toLowerCase());
  return (context) => wanted.includes(String(context.values(key) === undefined));
}
