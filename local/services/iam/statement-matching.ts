import { type Caller, isSpared, type Naming, namingOf } from './caller.ts';
import { type Condition, compileConditions } from './condition.ts';
import { listOf, type PolicyDocument, PolicyError, type PolicyStatement } from './policy-document.ts';
import { compileText, holdsVariable, type TextTest } from './policy-text.ts';
import { RequestContext } from './request-context.ts';

/** What somebody wants to do. */
export interface AccessRequest {
  readonly caller: Caller;
  /** For example `dynamodb:GetItem`. */
  readonly action: string;
  readonly resourceArn: string;
  readonly context: RequestContext;
}

/** A statement of a policy, made ready for questions. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  /** Whether the answer depends on more than action and resource. */
  readonly conditional: boolean;
  concernsAction(action: string): boolean;
  /** Whether action, resource and conditions fit. */
  applies(request: AccessRequest): boolean;
  /** How a resource's policy names the caller; undefined when it does not. */
  names(caller: Caller): Naming | undefined;
}

const emptyContext = new RequestContext({});

/**
 * Makes a policy ready.
 *
 * @throws PolicyError when IAM would not store it
 */
export function compilePolicy(document: PolicyDocument): readonly Statement[] {
  const variables = document.Version === '2012-10-17';
  return listOf(document.Statement).map((statement) => compileStatement(statement, variables));
}

function compileStatement(statement: PolicyStatement, variables: boolean): Statement {
  const { Effect: effect, Condition } = statement;
  if (effect !== 'Allow' && effect !== 'Deny') throw new PolicyError(`Effect is ${JSON.stringify(effect)}: it is "Allow" or "Deny"`);
  const concernsAction = compileActions(statement);
  const concernsResource = compileResources(statement, variables);
  const conditions = compileConditions(Condition, variables);
  const resources = [...listOf(statement.Resource), ...listOf(statement.NotResource)];
  return {
    effect,
    conditional: conditions.length > 0 || (variables && resources.some(holdsVariable)),
    concernsAction,
    applies: ({ action, resourceArn, context }) =>
      concernsAction(action) && concernsResource(resourceArn, context) && hold(conditions, context),
    names: (caller) => {
      if (statement.Principal !== undefined) return namingOf(statement.Principal, caller);
      if (statement.NotPrincipal === undefined || isSpared(statement.NotPrincipal, caller)) return undefined;
      if (caller.kind === 'anonymous') return 'anyone';
      return caller.kind === 'service' ? 'service' : 'role';
    },
  };
}

const hold = (conditions: readonly Condition[], context: RequestContext): boolean => conditions.every((condition) => condition(context));

/** IAM does not look at the case of actions. */
function compileActions({ Action, NotAction }: PolicyStatement): (action: string) => boolean {
  const tests = listOf(NotAction ?? Action).map((pattern) => compileText(pattern.toLowerCase(), 'like', false));
  return (action) => {
    const lower = action.toLowerCase();
    return tests.some((test) => test(lower, emptyContext) === true) === (NotAction === undefined);
  };
}

/** A variable without a value takes `NotResource` out of force instead of opening it to everything. */
function compileResources(
  { Resource, NotResource }: PolicyStatement,
  variables: boolean,
): (arn: string, context: RequestContext) => boolean {
  const tests: readonly TextTest[] = listOf(NotResource ?? Resource).map((pattern) => compileText(pattern, 'resource', variables));
  if (NotResource === undefined) return (arn, context) => tests.some((test) => test(arn, context) === true);
  return (arn, context) => tests.every((test) => test(arn, context) === false);
}
