import {
  AdminAddUserToGroupCommand,
  AdminConfirmSignUpCommand,
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminDisableUserCommand,
  AdminEnableUserCommand,
  AdminGetUserCommand,
  AdminListGroupsForUserCommand,
  AdminRemoveUserFromGroupCommand,
  AdminSetUserPasswordCommand,
  AdminUpdateUserAttributesCommand,
  CreateGroupCommand,
  DeleteGroupCommand,
  DescribeUserPoolClientCommand,
  DescribeUserPoolCommand,
  GetGroupCommand,
  ListGroupsCommand,
  ListUsersInGroupCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { operations } from '../../../local/services/cognito-idp/operations.ts';
import {
  claimsOf,
  type LocalCognito,
  PASSWORD,
  passwordLogin,
  refusal,
  register,
  startLocalCognito,
  tokensOf,
} from './support/local-cognito.ts';

let local: LocalCognito;
let pool: { UserPoolId: string };
beforeAll(async () => {
  local = await startLocalCognito({
    groups: [
      { GroupName: 'editors', Precedence: 10, RoleArn: 'arn:aws:iam::123456789012:role/editors' },
      { GroupName: 'admins', Precedence: 1, RoleArn: 'arn:aws:iam::123456789012:role/admins', Description: 'They may all' },
    ],
  });
  pool = { UserPoolId: local.poolId };
  await register(local, 'ann@x.com');
});
afterAll(() => local.stop());

const ann = () => ({ ...pool, Username: 'ann@x.com' });

describe("administrators' operations", () => {
  const administrative = Object.keys(operations).filter((name) => /^(Admin|List|Describe|CreateGroup|GetGroup|DeleteGroup)/.test(name));

  async function post(operation: string, headers: Record<string, string> = {}): Promise<string> {
    const target = `AWSCognitoIdentityProviderService.${operation}`;
    const body = JSON.stringify({ ...ann(), GroupName: 'editors', ClientId: local.clientId });
    const response = await fetch(local.endpoint, { method: 'POST', headers: { 'x-amz-target': target, ...headers }, body });
    return ((await response.json()) as { __type: string }).__type;
  }

  it.each(administrative)('%s refuses a request without a signature', async (operation) => {
    const before = JSON.stringify(await local.service.dump());
    expect(await post(operation)).toBe('MissingAuthenticationTokenException');
    expect(JSON.stringify(await local.service.dump())).toBe(before);
  });

  it('refuse who has no permission for them, before anything is read', async () => {
    const strict = await startLocalCognito({ deny: administrative.map((name) => `cognito-idp:${name}`) });
    const request = new AdminGetUserCommand({ UserPoolId: strict.poolId, Username: 'nobody@x.com' });
    expect(await refusal(strict.admin.send(request))).toContain('AccessDeniedException');
    for (const operation of administrative) {
      const headers = { 'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`, authorization: 'AWS4-HMAC-SHA256 x' };
      const response = await fetch(strict.endpoint, { method: 'POST', headers, body: JSON.stringify({ UserPoolId: strict.poolId }) });
      expect([operation, await response.json()]).toEqual([operation, expect.objectContaining({ __type: 'AccessDeniedException' })]);
    }
    await strict.stop();
  });

  it('refuse an unknown pool and an unknown user', async () => {
    expect(await refusal(local.admin.send(new AdminGetUserCommand({ UserPoolId: 'eu-central-1_nobody000', Username: 'a' })))).toBe(
      'ResourceNotFoundException: User pool eu-central-1_nobody000 does not exist.',
    );
    expect(await refusal(local.admin.send(new AdminGetUserCommand({ ...pool, Username: 'nobody@x.com' })))).toBe(
      'UserNotFoundException: User does not exist.',
    );
    expect(await refusal(local.admin.send(new AdminGetUserCommand({ UserPoolId: local.other.poolId, Username: 'ann@x.com' })))).toContain(
      'UserNotFoundException',
    );
  });

  it('answers an operation that is not run locally by its name', async () => {
    expect(await post('CreateUserPool')).toBe('UnknownOperationException');
    expect(await post('constructor')).toBe('UnknownOperationException');
  });
});

describe('AdminCreateUser', () => {
  const create = (email: string, more: object = {}) => local.admin.send(new AdminCreateUserCommand({ ...pool, Username: email, ...more }));

  it.each([
    ['an address that is taken', 'ANN@x.com', {}, 'UsernameExistsException: An account with the given email already exists.'],
    ['a weak temporary password', 'weak@x.com', { TemporaryPassword: 'weak' }, 'InvalidPasswordException'],
    ['a sub', 'sub@x.com', { UserAttributes: [{ Name: 'sub', Value: 'x' }] }, 'InvalidParameterException'],
    [
      'to resend to a user who signed in',
      'ann@x.com',
      { MessageAction: 'RESEND' },
      'UnsupportedUserStateException: Resend not possible. User status is CONFIRMED',
    ],
  ])('refuses %s', async (_, email, more, expected) => {
    expect(await refusal(create(email, more))).toContain(expected);
  });

  it('mails an invitation, again on request, and nothing when suppressed', async () => {
    const { User } = await create('guest@x.com', { DesiredDeliveryMediums: ['EMAIL'] });
    expect(User).toMatchObject({ Username: expect.stringMatching(/^[0-9a-f-]{36}$/), UserStatus: 'FORCE_CHANGE_PASSWORD', Enabled: true });
    const first = local.inbox.list('guest@x.com')[0]?.code ?? '';
    await create('guest@x.com', { MessageAction: 'RESEND', DesiredDeliveryMediums: ['EMAIL'] });
    const second = local.inbox.list('guest@x.com')[0]?.code ?? '';
    expect(await refusal(passwordLogin(local, 'guest@x.com', first))).toContain('NotAuthorizedException');
    expect((await passwordLogin(local, 'guest@x.com', second)).ChallengeName).toBe('NEW_PASSWORD_REQUIRED');
    await create('silent@x.com', { MessageAction: 'SUPPRESS', DesiredDeliveryMediums: ['EMAIL'] });
    expect(local.inbox.list('silent@x.com')).toEqual([]);
  });
});

describe('a user', () => {
  it('is confirmed, disabled, enabled, changed and deleted', async () => {
    const who = { ...pool, Username: 'life@x.com' };
    await local.sdk.send(new SignUpCommand({ ClientId: local.clientId, Username: 'life@x.com', Password: PASSWORD }));
    await local.admin.send(new AdminConfirmSignUpCommand(who));
    expect(await refusal(local.admin.send(new AdminConfirmSignUpCommand(who)))).toBe(
      'NotAuthorizedException: User cannot be confirmed. Current status is CONFIRMED',
    );
    await local.admin.send(new AdminDisableUserCommand(who));
    expect(await local.admin.send(new AdminGetUserCommand(who))).toMatchObject({ Enabled: false });
    expect(await refusal(passwordLogin(local, 'life@x.com'))).toBe('NotAuthorizedException: User is disabled.');
    await local.admin.send(new AdminEnableUserCommand(who));
    await local.admin.send(
      new AdminUpdateUserAttributesCommand({
        ...who,
        UserAttributes: [
          { Name: 'email', Value: 'life2@x.com' },
          { Name: 'email_verified', Value: 'true' },
        ],
      }),
    );
    await local.admin.send(
      new AdminSetUserPasswordCommand({ ...pool, Username: 'life2@x.com', Password: 'Another2horse', Permanent: true }),
    );
    expect(await refusal(passwordLogin(local, 'life2@x.com', 'Another2horse'))).toContain('accepted');
    await local.admin.send(new AdminDeleteUserCommand({ ...pool, Username: 'life2@x.com' }));
    expect(JSON.stringify(await local.service.dump())).not.toContain('life2@x.com');
  });

  it("keeps its address when an administrator sets another user's", async () => {
    await register(local, 'first@x.com');
    const change = new AdminUpdateUserAttributesCommand({
      ...pool,
      Username: 'first@x.com',
      UserAttributes: [{ Name: 'email', Value: 'ann@x.com' }],
    });
    expect(await refusal(local.admin.send(change))).toBe('AliasExistsException: An account with the given email already exists.');
    expect(await refusal(passwordLogin(local, 'first@x.com'))).toContain('accepted');
  });
});

describe('AdminUpdateUserAttributes in a pool that verifies before the update', () => {
  it('AU20: keeps the old address until the code, unless the administrator vouches for the new one', async () => {
    const strict = await startLocalCognito({
      pool: { UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] } },
    });
    await register(strict, 'old@x.com');
    const update = (attributes: Record<string, string>) => {
      const UserAttributes = Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }));
      return strict.admin.send(new AdminUpdateUserAttributesCommand({ UserPoolId: strict.poolId, Username: 'old@x.com', UserAttributes }));
    };
    await update({ email: 'new@x.com' });
    expect(strict.inbox.list('new@x.com')).toHaveLength(1);
    expect(await refusal(passwordLogin(strict, 'new@x.com'))).toContain('NotAuthorizedException');
    await update({ email: 'new@x.com', email_verified: 'true' });
    expect(await refusal(passwordLogin(strict, 'new@x.com'))).toContain('accepted');
    await strict.stop();
  });
});

describe('groups', () => {
  const add = (GroupName: string) => local.admin.send(new AdminAddUserToGroupCommand({ ...ann(), GroupName }));

  it('come from the template, sorted by name', async () => {
    const { Groups = [] } = await local.admin.send(new ListGroupsCommand(pool));
    expect(Groups.map((group) => group.GroupName)).toEqual(['admins', 'editors']);
    const { Group } = await local.admin.send(new GetGroupCommand({ ...pool, GroupName: 'admins' }));
    expect(Group).toMatchObject({ Precedence: 1, Description: 'They may all', CreationDate: expect.any(Date) });
  });

  it('refuse a second of the same name, and members for a group that is not there', async () => {
    expect(await refusal(local.admin.send(new CreateGroupCommand({ ...pool, GroupName: 'admins' })))).toContain('GroupExistsException');
    expect(await refusal(add('nobody'))).toBe('ResourceNotFoundException: Group not found.');
  });

  it('are in both tokens, the roles by precedence in the ID token', async () => {
    await add('editors');
    await add('admins');
    await add('admins');
    const { accessToken, idToken } = await tokensOf(local, 'ann@x.com');
    expect(claimsOf(accessToken)['cognito:groups']).toEqual(['admins', 'editors']);
    expect(claimsOf(idToken)).toMatchObject({
      'cognito:groups': ['admins', 'editors'],
      'cognito:roles': ['arn:aws:iam::123456789012:role/admins', 'arn:aws:iam::123456789012:role/editors'],
      'cognito:preferred_role': 'arn:aws:iam::123456789012:role/admins',
    });
  });

  it('list their members and the groups of a user, page by page', async () => {
    const { Users = [] } = await local.admin.send(new ListUsersInGroupCommand({ ...pool, GroupName: 'admins' }));
    expect(Users).toHaveLength(1);
    const first = await local.admin.send(new AdminListGroupsForUserCommand({ ...ann(), Limit: 1 }));
    const second = await local.admin.send(new AdminListGroupsForUserCommand({ ...ann(), Limit: 1, NextToken: first.NextToken }));
    expect([...(first.Groups ?? []), ...(second.Groups ?? [])].map((group) => group.GroupName)).toEqual(['admins', 'editors']);
  });

  it('leave the tokens with the membership or the group', async () => {
    await local.admin.send(new AdminRemoveUserFromGroupCommand({ ...ann(), GroupName: 'editors' }));
    await local.admin.send(new DeleteGroupCommand({ ...pool, GroupName: 'admins' }));
    expect(claimsOf((await tokensOf(local, 'ann@x.com')).accessToken)['cognito:groups']).toBeUndefined();
  });
});

describe('DescribeUserPool and DescribeUserPoolClient', () => {
  it('answer what the template declares', async () => {
    const { UserPool } = await local.admin.send(new DescribeUserPoolCommand(pool));
    expect(UserPool).toMatchObject({
      Id: local.poolId,
      MfaConfiguration: 'OPTIONAL',
      UsernameAttributes: ['email'],
      Policies: { PasswordPolicy: { MinimumLength: 8 } },
    });
    expect(UserPool?.SchemaAttributes).toContainEqual({
      Name: 'custom:tenant',
      AttributeDataType: 'String',
      Mutable: false,
      Required: false,
    });
    const { UserPoolClient } = await local.admin.send(new DescribeUserPoolClientCommand({ ...pool, ClientId: local.clientId }));
    expect(UserPoolClient).toMatchObject({ ClientId: local.clientId, PreventUserExistenceErrors: 'ENABLED', AuthSessionValidity: 3 });
  });
});
