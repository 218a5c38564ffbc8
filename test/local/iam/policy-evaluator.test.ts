import type { Caller } from '../../../local/services/iam/caller.ts';
import {
  type PolicyDocument,
  PolicyError,
  type PolicyPrincipal,
  type PolicyStatement,
} from '../../../local/services/iam/policy-document.ts';
import { evaluatePolicies } from '../../../local/services/iam/policy-evaluator.ts';
import { type ContextValues, RequestContext } from '../../../local/services/iam/request-context.ts';
import { compilePolicy } from '../../../local/services/iam/statement-matching.ts';

const ACCOUNT = '111122223333';
const NOTES = `arn:aws:dynamodb:eu-west-1:${ACCOUNT}:table/Notes`;
const roleArn = `arn:aws:iam::${ACCOUNT}:role/team/worker`;
const sessionArn = `arn:aws:sts::${ACCOUNT}:assumed-role/worker/f`;
const role: Caller = { kind: 'role', accountId: ACCOUNT, roleArn, sessionArn };

const policy = (...statements: readonly Partial<PolicyStatement>[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: statements.map((statement) => ({
    Effect: 'Allow',
    ...('NotAction' in statement ? {} : { Action: '*' }),
    ...('NotResource' in statement ? {} : { Resource: '*' }),
    ...statement,
  })),
});

interface Question {
  readonly identity?: PolicyDocument;
  readonly boundary?: PolicyDocument;
  readonly resource?: PolicyDocument;
  readonly caller?: Caller;
  readonly action?: string;
  readonly arn?: string;
  readonly context?: ContextValues;
  readonly owner?: string;
}

function answerTo({ identity, boundary, resource, caller = role, action = 'dynamodb:GetItem', arn = NOTES, ...more }: Question): string {
  const answer = evaluatePolicies(
    { caller, action, resourceArn: arn, context: new RequestContext(more.context ?? {}) },
    {
      identity: identity === undefined ? [] : compilePolicy(identity),
      boundary: boundary && compilePolicy(boundary),
      resource: resource && compilePolicy(resource),
    },
    more.owner ?? ACCOUNT,
  );
  return answer.allowed ? 'allowed' : answer.reason;
}

const holds = (condition: Record<string, unknown>, context: ContextValues): boolean =>
  answerTo({ identity: policy({ Condition: condition }), context }) === 'allowed';

describe('evaluatePolicies', () => {
  const everything = policy({});
  const nothing = policy({ Action: 'none:None' });
  const deny = policy({ Effect: 'Deny' });
  const byResource = (Principal: PolicyPrincipal, more: Partial<PolicyStatement> = {}) => policy({ Principal, ...more });
  const noIdentity = 'because no identity-based policy allows the dynamodb:GetItem action';
  const noBoundary = 'because no permissions boundary allows the dynamodb:GetItem action';
  const noResource = 'because no resource-based policy allows the dynamodb:GetItem action';
  const events: Caller = { kind: 'service', service: 'events.amazonaws.com' };

  it.each<[string, Question, string]>([
    ['no policy', {}, noIdentity],
    ['a deny beside an allow', { identity: policy({}, { Effect: 'Deny' }) }, 'with an explicit deny in an identity-based policy'],
    [
      'a deny of the resource',
      { identity: everything, resource: byResource('*', { Effect: 'Deny' }) },
      'with an explicit deny in a resource-based policy',
    ],
    [
      'a deny of the resource for the whole account',
      { identity: everything, resource: byResource({ AWS: ACCOUNT }, { Effect: 'Deny' }) },
      'with an explicit deny in a resource-based policy',
    ],
    ['a deny of the boundary', { identity: everything, boundary: deny }, 'with an explicit deny in a permissions boundary'],
    ['a boundary that allows less', { identity: everything, boundary: nothing }, noBoundary],
    ['a boundary alone', { boundary: everything }, noIdentity],
    ['a resource that names the account only', { resource: byResource({ AWS: `arn:aws:iam::${ACCOUNT}:root` }) }, noIdentity],
    ['a resource that names another role', { resource: byResource({ AWS: `${roleArn}2` }) }, noIdentity],
    ['a resource that names the role, above the boundary', { resource: byResource({ AWS: roleArn }), boundary: nothing }, noBoundary],
    ['the resource of another account', { identity: everything, owner: '999999999999' }, noResource],
    ['a grant of another account alone', { resource: byResource({ AWS: roleArn }), owner: '999999999999' }, noIdentity],
    ['a service that no resource names', { caller: events, resource: byResource({ Service: 's3.amazonaws.com' }) }, noResource],
    [
      'NotPrincipal without the session',
      { identity: everything, resource: policy({ Effect: 'Deny', NotPrincipal: { AWS: [ACCOUNT, roleArn] } }) },
      'with an explicit deny in a resource-based policy',
    ],
  ])('denies by %s', (_name, question, reason) => {
    expect(answerTo(question)).toBe(reason);
  });

  it.each<[string, Question]>([
    ['the role', { identity: everything }],
    ['the role within its boundary', { identity: everything, boundary: everything }],
    ['the resource for everyone', { resource: byResource('*') }],
    ['the resource for the role', { resource: byResource({ AWS: [roleArn] }) }],
    ['the resource for the session, in spite of the boundary', { resource: byResource({ AWS: sessionArn }), boundary: nothing }],
    [
      'both sides of two accounts',
      { identity: everything, resource: byResource({ AWS: `arn:aws:iam::${ACCOUNT}:root` }), owner: '999999999999' },
    ],
    ['a resource for a service', { caller: events, resource: byResource({ Service: ['events.amazonaws.com'] }) }],
    [
      'NotPrincipal that spares the session',
      { identity: everything, resource: policy({ Effect: 'Deny', NotPrincipal: { AWS: [ACCOUNT, roleArn, sessionArn] } }) },
    ],
  ])('allows by %s', (_name, question) => {
    expect(answerTo(question)).toBe('allowed');
  });
});

describe('actions and resources of a statement', () => {
  const table = `arn:aws:dynamodb:eu-west-1:${ACCOUNT}:table`;
  const tags = { 'aws:PrincipalTag/team': 'Notes', 'aws:PrincipalTag/star': '*' };

  it.each<[boolean, Partial<PolicyStatement>, string?]>([
    [false, { Action: 'dynamodb:GetItem?' }],
    [false, { NotAction: 'DynamoDB:*' }],
    [false, { Resource: 'arn:aws:dynamodb:eu*3:table/Notes' }],
    [false, { Resource: `${table}/notes` }],
    [false, { Resource: [] }],
    [false, { NotResource: `${table}/N*` }],
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: IAM's variables look like this.
    [false, { Resource: `${table}/\${aws:PrincipalTag/other}` }],
    [false, { NotResource: `${table}/\${aws:PrincipalTag/other}` }],
    [false, { Resource: `${table}/\${aws:PrincipalTag/star}` }],
    [false, { Resource: `${table}/\${*}` }],
    [true, { Resource: `${table}/\${*}` }, `${table}/*`],
    [true, { Resource: `${table}/\${aws:principaltag/TEAM}` }],
    [true, { Resource: `${table}/\${aws:PrincipalTag/other, 'Notes'}` }],
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: see above.
    [true, { Action: ['s3:*', 'dynamodb:getitem'] }],
    [true, { NotAction: ['s3:*', 'sqs:*'] }],
    [true, { NotResource: `${table}/Other` }],
    [true, { Resource: 'arn:aws:dynamodb:*' }],
    [true, { Resource: 'arn:aws:dynamodb:*:table/Notes' }],
    [true, { Resource: `arn:aws:dynamodb:eu-west-?:${ACCOUNT}:table/N?te*` }],
    [true, { Resource: 'arn:aws:s3:::b/*.json' }, 'arn:aws:s3:::b/a:b/c.json'],
    [true, { Resource: 'arn:aws:s3:::b/(a).[b]+' }, 'arn:aws:s3:::b/(a).[b]+'],
  ])('answers %s for %j', (expected, statement, arn = NOTES) => {
    expect(answerTo({ identity: policy(statement), context: tags, arn }) === 'allowed').toBe(expected);
  });

  it('takes a variable as plain text before version 2012-10-17', () => {
    const identity = { ...policy({ Resource: `${table}/\${aws:PrincipalTag/team}` }), Version: '2008-10-17' };
    expect(answerTo({ identity, context: tags })).not.toBe('allowed');
  });
});

describe('conditions', () => {
  const key = 'aws:x';
  const when = (operator: string, value: unknown): Record<string, unknown> => ({ [operator]: { [key]: value } });
  const withValue = (value: string | readonly string[] | undefined): ContextValues => (value === undefined ? {} : { 'AWS:X': value });

  it.each<[string, unknown, string | readonly string[] | undefined, boolean]>([
    ['StringEquals', ['a', 'b'], 'b', true],
    ['StringEquals', 'a*', 'ab', false],
    ['StringEquals', 'a**', 'a*', false],
    ['StringLike', 'a**', 'ab', true],
    ['StringEquals', 'a', undefined, false],
    ['StringEquals', 'a', ['a', 'b'], false],
    ['StringEqualsIfExists', 'a', undefined, true],
    ['StringEqualsIfExists', 'a', 'b', false],
    ['StringNotEquals', ['a', 'b'], 'b', false],
    ['StringNotEquals', ['a', 'b'], 'c', true],
    ['StringNotEquals', 'a', undefined, true],
    ['StringEqualsIgnoreCase', 'AbC', 'aBc', true],
    ['StringNotEqualsIgnoreCase', 'AbC', 'aBc', false],
    ['StringLike', 'a?c*', 'abcd', true],
    ['StringLike', 'a?c', 'ac', false],
    ['StringNotLike', 'a*', 'abc', false],
    ['NumericEquals', '5', '5.0', true],
    ['NumericNotEquals', '5', '6', true],
    ['NumericNotEquals', '5', 'many', false],
    ['NumericLessThan', 10, '9', true],
    ['NumericLessThanEquals', '10', '10', true],
    ['NumericGreaterThan', '10', '10', false],
    ['NumericGreaterThanEquals', '10', '', false],
    ['DateEquals', '2026-01-01T00:00:00Z', '2026-01-01T01:00:00+01:00', true],
    ['DateNotEquals', '2026-01-01', '2026-01-02', true],
    ['DateLessThan', '2026-01-02', '2026-01-01T23:59:59Z', true],
    ['DateLessThanEquals', '1767225600', '2026-01-01T00:00:00Z', true],
    ['DateGreaterThan', '2026-01-01', 'yesterday', false],
    ['DateGreaterThanEquals', '2026-01-01', '1767225600', true],
    ['Bool', true, 'TRUE', true],
    ['Bool', 'false', 'true', false],
    ['BinaryEquals', 'QmlubmVu', 'QmlubmVu', true],
    ['BinaryEquals', 'QmlubmVu', 'qmlubmvu', false],
    ['IpAddress', ['10.0.0.0/8', '127.0.0.1'], '127.0.0.1', true],
    ['IpAddress', '10.0.0.0/8', '11.0.0.1', false],
    ['IpAddress', '2001:db8::/32', '2001:db8::1', true],
    ['IpAddress', '10.0.0.0/99', '10.0.0.1', false],
    ['NotIpAddress', '10.0.0.0/8', '11.0.0.1', true],
    ['NotIpAddress', '10.0.0.0/8', 'nowhere', false],
    ['ArnLike', 'arn:aws:sns:*:*:a*', 'arn:aws:sns:eu-west-1:1:abc:d', true],
    ['ArnEquals', 'arn:aws:sns:*:1:a', 'arn:aws:sns:eu-west-1:1:a', true],
    ['ArnLike', 'arn:aws:*:1:a', 'arn:aws:sns:eu-west-1:1:a', false],
    ['ArnNotLike', 'arn:aws:sns:*:*:a*', 'arn:aws:sns:eu-west-1:1:b', true],
    ['ArnNotEquals', 'arn:aws:sns:*:*:a*', 'arn:aws:sns:eu-west-1:1:a', false],
    ['Null', 'true', undefined, true],
    ['Null', 'true', [], true],
    ['Null', 'true', 'a', false],
    ['Null', false, 'a', true],
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'b', 'a'], true],
    ['ForAllValues:StringEquals', ['a'], ['a', 'b'], false],
    ['ForAllValues:StringEquals', ['a'], undefined, true],
    ['ForAllValues:StringNotEquals', ['a'], ['a', 'b'], false],
    ['ForAnyValue:StringEquals', ['a'], ['a', 'b'], true],
    ['ForAnyValue:StringEquals', ['a'], undefined, false],
    ['ForAnyValue:StringEqualsIfExists', ['a'], undefined, true],
    ['ForAnyValue:StringNotEquals', ['a'], ['a', 'b'], true],
    ['ForAnyValue:StringLike', ['a*'], ['b', 'ab'], true],
  ])('%s %j against %j holds: %s', (operator, wanted, actual, expected) => {
    expect(holds(when(operator, wanted), withValue(actual))).toBe(expected);
  });

  it('needs every key and every operator to hold', () => {
    const both = { StringEquals: { [key]: 'a', 'aws:y': 'b' }, Null: { 'aws:z': 'true' } };
    expect(holds(both, { [key]: 'a', 'aws:y': 'b' })).toBe(true);
    expect(holds(both, { [key]: 'a', 'aws:y': 'c' })).toBe(false);
    expect(holds(both, { [key]: 'a', 'aws:y': 'b', 'aws:z': 'c' })).toBe(false);
  });

  it('puts variables into texts, and holds neither way where one has no value', () => {
    const own = '$' + '{aws:y}';
    expect(holds(when('StringEquals', own), { [key]: 'a', 'aws:y': 'a' })).toBe(true);
    expect(holds(when('StringLike', `${own}/*`), { [key]: 'a/b', 'aws:y': '*' })).toBe(false);
    expect(holds(when('StringEquals', own), { [key]: 'a' })).toBe(false);
    expect(holds(when('StringNotEquals', own), { [key]: 'a' })).toBe(false);
  });
});

describe('compilePolicy', () => {
  it.each<[string, Partial<PolicyStatement>, string]>([
    ['an unknown operator', { Condition: { StringIs: { 'aws:x': 'a' } } }, 'IAM has no condition operator StringIs'],
    ['another effect', { Effect: 'allow' as 'Allow' }, 'Effect is "allow": it is "Allow" or "Deny"'],
  ])('refuses %s', (_name, statement, message) => {
    expect(() => compilePolicy(policy(statement))).toThrow(new PolicyError(message));
  });
});
