import { Clock } from '../../../local/clock.ts';
import { silentLog } from '../../../local/log.ts';
import { Iam } from '../../../local/services/iam/iam.ts';
import { identifyIam } from '../../../local/services/iam/iam-resources.ts';
import type { PolicyDocument } from '../../../local/services/iam/policy-document.ts';
import type { ResolvedResource } from '../../../local/services/service.ts';
import { testAccount } from '../../support/resolve-template.ts';

const NOTES = 'arn:aws:dynamodb:eu-west-1:111122223333:table/Notes';
const OTHER = 'arn:aws:dynamodb:eu-west-1:111122223333:table/Other';

const resource = (type: string, logicalId: string, properties: Record<string, unknown>): ResolvedResource => {
  const bare = { logicalId, stackName: 'Stack', type, properties };
  return { ...bare, ...identifyIam(bare, testAccount) };
};

const allow = (Action: string | string[], Resource: string | string[], more: object = {}): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action, Resource, ...more }],
});

function iamWith(
  policies: readonly PolicyDocument[],
  more: Record<string, unknown> = {},
  options: Partial<ConstructorParameters<typeof Iam>[1]> = {},
) {
  const role = resource('AWS::IAM::Role', 'Role', { RoleName: 'worker', ...more });
  const attached = policies.map((PolicyDocument, index) =>
    resource('AWS::IAM::Policy', `Policy${index}`, { PolicyName: `p${index}`, PolicyDocument, Roles: ['worker'] }),
  );
  const iam = new Iam([role, ...attached], { account: testAccount, clock: new Clock(), log: silentLog, ...options });
  const principal = iam.assumedRole(role.attributes['Arn'] ?? '', 'function');
  const may = (action: string, resourceArn: string, context?: Record<string, string | string[]>): string => {
    try {
      iam.authorize(principal, action, resourceArn, context);
      return 'yes';
    } catch (error) {
      return (error as Error).message;
    }
  };
  return { iam, may };
}

const refusal = (action: string, arn: string, why = `because no identity-based policy allows the ${action} action`): string =>
  `User: arn:aws:sts::111122223333:assumed-role/worker/function is not authorized to perform: ${action} on resource: ${arn} ${why}`;

describe('Iam', () => {
  it('refuses what no policy allows, in the words of AWS', () => {
    const { may } = iamWith([allow('dynamodb:GetItem', NOTES)]);
    expect(may('dynamodb:PutItem', NOTES)).toBe(refusal('dynamodb:PutItem', NOTES));
    expect(may('dynamodb:GetItem', OTHER)).toBe(refusal('dynamodb:GetItem', OTHER));
    expect(may('dynamodb:GetItem', `${NOTES}/index/byTitle`)).toBe(refusal('dynamodb:GetItem', `${NOTES}/index/byTitle`));
  });

  it('lets a deny win over an allow', () => {
    const deny: PolicyDocument = { Statement: { Effect: 'Deny', Action: 'dynamodb:DeleteItem', Resource: '*' } };
    const { may } = iamWith([allow('dynamodb:*', '*'), deny]);
    expect(may('dynamodb:DeleteItem', NOTES)).toBe(
      refusal('dynamodb:DeleteItem', NOTES, 'with an explicit deny in an identity-based policy'),
    );
    expect(may('dynamodb:GetItem', NOTES)).toBe('yes');
  });

  it('keeps a role within its boundary', () => {
    const boundary = 'arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess';
    const { may } = iamWith([allow('dynamodb:*', '*')], { PermissionsBoundary: boundary });
    expect(may('dynamodb:GetItem', NOTES)).toBe('yes');
    expect(may('dynamodb:PutItem', NOTES)).toBe(
      refusal('dynamodb:PutItem', NOTES, 'because no permissions boundary allows the dynamodb:PutItem action'),
    );
  });

  it('refuses a role that the template does not have', () => {
    const { iam } = iamWith([allow('*', '*')]);
    const stranger = iam.assumedRole('arn:aws:iam::111122223333:role/stranger', 'x');
    expect(() => iam.authorize(stranger, 'dynamodb:GetItem', NOTES)).toThrow(expect.objectContaining({ code: 'AccessDeniedException' }));
  });

  it('asks again where a condition looks at the request', () => {
    const mine = { Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['a'] } } };
    const { may } = iamWith([allow('dynamodb:GetItem', NOTES, mine)]);
    expect(may('dynamodb:GetItem', NOTES, { 'dynamodb:LeadingKeys': ['a'] })).toBe('yes');
    expect(may('dynamodb:GetItem', NOTES, { 'dynamodb:LeadingKeys': ['b'] })).toBe(refusal('dynamodb:GetItem', NOTES));
    expect(may('dynamodb:GetItem', NOTES, { 'dynamodb:LeadingKeys': ['a'] })).toBe('yes');
  });

  it.each<[string, readonly PolicyDocument[], Record<string, unknown>]>([
    ['an inline policy', [], { Policies: [{ PolicyName: 'x', PolicyDocument: allow('dynamodb:GetItem', NOTES) }] }],
    ['an attached policy', [allow('dynamodb:GetItem', NOTES)], {}],
    ['a policy of AWS', [], { ManagedPolicyArns: ['arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess'] }],
    ['a pattern', [allow('dynamodb:Get*', 'arn:aws:dynamodb:*:*:table/N?tes')], {}],
    ['another spelling of the action', [allow('DynamoDB:getitem', NOTES)], {}],
    ['NotAction', [{ Statement: { Effect: 'Allow', NotAction: 's3:*', Resource: '*' } }], {}],
  ])('allows by %s', (_name, policies, more) => {
    expect(iamWith(policies, more).may('dynamodb:GetItem', NOTES)).toBe('yes');
  });

  it('allows by a managed policy of the template, and by a role policy', () => {
    const managed = resource('AWS::IAM::ManagedPolicy', 'Managed', { PolicyDocument: allow('dynamodb:GetItem', NOTES) });
    const role = resource('AWS::IAM::Role', 'Role', { RoleName: 'worker', ManagedPolicyArns: [managed.ref] });
    const own = resource('AWS::IAM::RolePolicy', 'Own', {
      PolicyName: 'own',
      RoleName: 'worker',
      PolicyDocument: allow('dynamodb:Query', NOTES),
    });
    const iam = new Iam([role, managed, own], { account: testAccount, clock: new Clock(), log: silentLog });
    const principal = iam.assumedRole(role.attributes['Arn'] ?? '', 'f');
    expect(() => iam.authorize(principal, 'dynamodb:GetItem', NOTES)).not.toThrow();
    expect(() => iam.authorize(principal, 'dynamodb:Query', NOTES)).not.toThrow();
    expect(() => iam.authorize(principal, 'dynamodb:Scan', NOTES)).toThrow();
  });

  it('lets the root of the account do everything and leaves it out of the report', () => {
    const { iam } = iamWith([]);
    expect(() => iam.authorize(iam.root, 'dynamodb:DeleteTable', NOTES)).not.toThrow();
    expect(iam.report()).toMatchObject({ used: [], denied: [], granted: [], unused: [] });
  });

  it('reports what was used, refused, granted and never used, each once', () => {
    const { iam, may } = iamWith([allow(['dynamodb:GetItem', 'dynamodb:PutItem'], NOTES)], {
      ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'],
    });
    for (let time = 0; time < 3; time += 1) {
      may('dynamodb:GetItem', NOTES);
      may('dynamodb:Scan', NOTES);
    }
    const report = iam.report();
    const of = (action: string) => ({ role: 'worker', action, resource: NOTES });
    expect(report.used).toEqual([of('dynamodb:GetItem')]);
    expect(report.denied).toEqual([of('dynamodb:Scan')]);
    expect(report.granted).toHaveLength(5);
    expect(report.unused).toEqual([of('dynamodb:PutItem')]);
  });
});

describe('identifyIam', () => {
  it('gives a role an ARN with its path, and a session without it', () => {
    const role = resource('AWS::IAM::Role', 'Role', { RoleName: 'worker', Path: '/team/' });
    expect(role.attributes['Arn']).toBe('arn:aws:iam::111122223333:role/team/worker');
    const iam = new Iam([role], { account: testAccount, clock: new Clock(), log: silentLog });
    expect(iam.assumedRole(role.attributes['Arn'] ?? '', 'f').arn).toBe('arn:aws:sts::111122223333:assumed-role/worker/f');
  });

  it('gives a role without a name the same one each time, no longer than AWS allows', () => {
    const long = resource('AWS::IAM::Role', 'A'.repeat(100), {});
    expect(long.ref).toHaveLength(64);
    expect(resource('AWS::IAM::Role', 'A'.repeat(100), {}).ref).toBe(long.ref);
  });
});
