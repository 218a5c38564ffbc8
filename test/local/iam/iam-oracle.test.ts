import { runUnsafeSimulation } from '@cloud-copilot/iam-simulate';
import fc from 'fast-check';
import type { Caller } from '../../../local/services/iam/caller.ts';
import type { PolicyDocument, PolicyStatement } from '../../../local/services/iam/policy-document.ts';
import { evaluatePolicies } from '../../../local/services/iam/policy-evaluator.ts';
import { RequestContext } from '../../../local/services/iam/request-context.ts';
import { compilePolicy } from '../../../local/services/iam/statement-matching.ts';

const ACCOUNT = '111122223333';
const caller: Caller = {
  kind: 'role',
  accountId: ACCOUNT,
  roleArn: `arn:aws:iam::${ACCOUNT}:role/worker`,
  sessionArn: `arn:aws:sts::${ACCOUNT}:assumed-role/worker/f`,
};
const arn = (region: string, account: string, name: string): string => `arn:aws:dynamodb:${region}:${account}:table/${name}`;

/** Few letters, so that patterns and texts meet often. */
const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'B'), minLength: 1, maxLength: 3 });
const tag = '$' + '{aws:PrincipalTag/t}';
const patternOf = (...pieces: readonly string[]) =>
  fc.array(fc.constantFrom('a', 'b', 'B', ...pieces), { minLength: 1, maxLength: 3 }).map((parts) => parts.join(''));
const likePattern = patternOf('*', '?', tag, `$${'{*}'}`);
const oneOrMore = <Value>(value: fc.Arbitrary<Value>) => fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 3 }));
const action = fc.constantFrom('dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 's3:GetObject');
const actionPattern = fc.constantFrom('*', 'dynamodb:*', 'DynamoDB:get*', 'dynamodb:?etItem', 's3:*', 'dynamodb:PutItem');
const region = fc.constantFrom('eu-west-1', 'us-east-1');
const resourceArn = fc.tuple(region, letters).map(([at, name]) => arn(at, ACCOUNT, name));
const resourcePatternOf = (name: fc.Arbitrary<string>) =>
  fc.oneof(
    fc.constantFrom('*', 'arn:aws:dynamodb:*'),
    fc.tuple(fc.constantFrom('*', 'eu-*', 'us-east-?'), fc.constantFrom('*', ACCOUNT), name).map((parts) => arn(...parts)),
  );
/** What a variable without a value does in `NotResource` AWS does not document, and the two differ there. */
const resources = fc.oneof(
  fc.tuple(fc.constant('Resource'), oneOrMore(resourcePatternOf(likePattern))),
  fc.tuple(fc.constant('NotResource'), oneOrMore(resourcePatternOf(patternOf('*', '?')))),
);

const KEYS = ['aws:RequestedRegion', 'aws:PrincipalTag/t', 'aws:PrincipalTag/u', 'dynamodb:LeadingKeys'] as const;
const operatorsWith = (names: readonly string[], values: fc.Arbitrary<string>) =>
  fc
    .tuple(fc.constantFrom(...names), fc.constantFrom('', 'IfExists'), fc.constantFrom(...KEYS.slice(0, 3)), oneOrMore(values))
    .map(([name, suffix, key, wanted]) => ({ [`${name}${suffix}`]: { [key]: wanted } }));
const condition = fc.oneof(
  operatorsWith(['StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase'], patternOf('*', tag)),
  operatorsWith(['StringLike', 'StringNotLike'], likePattern),
  operatorsWith(['NumericEquals', 'NumericNotEquals', 'NumericLessThan', 'NumericGreaterThanEquals'], fc.constantFrom('1', '2', '3')),
  operatorsWith(['Bool'], fc.constantFrom('true', 'false')),
  fc
    .tuple(
      fc.constantFrom('ForAllValues:', 'ForAnyValue:'),
      fc.constantFrom('StringEquals', 'StringNotEquals', 'StringLike'),
      oneOrMore(likePattern),
    )
    .map(([set, name, wanted]) => ({ [`${set}${name}`]: { 'dynamodb:LeadingKeys': wanted } })),
  fc.tuple(fc.constantFrom(...KEYS), fc.constantFrom('true', 'false')).map(([key, wanted]) => ({ Null: { [key]: wanted } })),
);

const statement: fc.Arbitrary<PolicyStatement> = fc
  .record({
    Effect: fc.constantFrom('Allow' as const, 'Allow' as const, 'Deny' as const),
    actions: fc.tuple(fc.constantFrom('Action', 'Action', 'NotAction'), oneOrMore(actionPattern)),
    resources,
    Condition: fc.option(condition, { nil: undefined }),
  })
  .map(({ Effect, actions, resources: about, Condition }) => ({
    Effect,
    [actions[0]]: actions[1],
    [about[0]]: about[1],
    ...(Condition && { Condition }),
  }));
const policy: fc.Arbitrary<PolicyDocument> = fc
  .array(statement, { minLength: 1, maxLength: 3 })
  .map((Statement) => ({ Version: '2012-10-17', Statement }));
const tagValue = fc.oneof(letters, fc.constantFrom('1', '2', 'true', '*'));
const context = fc
  .record(
    {
      'aws:RequestedRegion': tagValue,
      'aws:PrincipalTag/t': tagValue,
      'aws:PrincipalTag/u': tagValue,
      'dynamodb:LeadingKeys': fc.array(letters, { minLength: 1, maxLength: 3 }),
    },
    { requiredKeys: [] },
  )
  .map((values) => ({ ...values }));

interface Question {
  readonly identity: PolicyDocument;
  readonly boundary: PolicyDocument | undefined;
  readonly action: string;
  readonly resourceArn: string;
  readonly context: Record<string, string | string[]>;
}

const question: fc.Arbitrary<Question> = fc.record({
  identity: policy,
  boundary: fc.option(policy, { nil: undefined, freq: 2 }),
  action,
  resourceArn,
  context,
});

function ours({ identity, boundary, ...request }: Question): boolean {
  const policies = { identity: compilePolicy(identity), boundary: boundary && compilePolicy(boundary) };
  return evaluatePolicies({ ...request, caller, context: new RequestContext(request.context) }, policies, ACCOUNT).allowed;
}

function theirs({ identity, boundary, action: name, resourceArn: resource, context: contextVariables }: Question): boolean {
  const result = runUnsafeSimulation(
    {
      request: {
        principal: caller.kind === 'role' ? caller.sessionArn : '',
        action: name,
        resource: { resource, accountId: ACCOUNT },
        contextVariables,
      },
      identityPolicies: [{ name: 'identity', policy: identity }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(boundary && { permissionBoundaryPolicies: [{ name: 'boundary', policy: boundary }] }),
    },
    {},
  );
  return result === 'Allowed';
}

describe('evaluatePolicies', () => {
  it('decides as an independent implementation of IAM does', () => {
    fc.assert(
      fc.property(question, (asked) => {
        expect(ours(asked)).toBe(theirs(asked));
      }),
      { numRuns: 2_000 },
    );
  });
});
