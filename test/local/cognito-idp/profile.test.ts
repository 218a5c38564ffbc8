import {
  ChangePasswordCommand,
  DeleteUserAttributesCommand,
  DeleteUserCommand,
  GetUserAttributeVerificationCodeCommand,
  GetUserCommand,
  UpdateUserAttributesCommand,
  VerifyUserAttributeCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import {
  type LocalCognito,
  lastCode,
  PASSWORD,
  passwordLogin,
  refusal,
  register,
  startLocalCognito,
  tokensOf,
} from './support/local-cognito.ts';

let local: LocalCognito;
let AccessToken: string;
beforeAll(async () => {
  local = await startLocalCognito({
    pool: { UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] } },
    client: { WriteAttributes: ['email', 'name', 'custom:plan'], ReadAttributes: ['email', 'email_verified', 'name'] },
  });
  await register(local, 'ann@x.com');
  await register(local, 'bob@x.com');
  AccessToken = (await tokensOf(local, 'ann@x.com')).accessToken;
});
afterAll(() => local.stop());

const update = (attributes: Record<string, string>) => {
  const UserAttributes = Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }));
  return local.sdk.send(new UpdateUserAttributesCommand({ AccessToken, UserAttributes }));
};
const attributesOf = async (token = AccessToken) => {
  const { UserAttributes = [] } = await local.sdk.send(new GetUserCommand({ AccessToken: token }));
  return Object.fromEntries(UserAttributes.map(({ Name, Value }) => [Name, Value]));
};
const verify = (Code: string) => local.sdk.send(new VerifyUserAttributeCommand({ AccessToken, AttributeName: 'email', Code }));

describe('UpdateUserAttributes', () => {
  const refused: [string, Record<string, string>, string][] = [
    [
      'AU19: refuses the verified flag',
      { email_verified: 'true' },
      'NotAuthorizedException: A client attempted to write unauthorized attribute',
    ],
    ['AU19: refuses the sub', { sub: 'x' }, 'NotAuthorizedException: A client attempted to write unauthorized attribute'],
    [
      'AU19: refuses an attribute that the client may not write',
      { 'custom:tenant': 'evil' },
      'NotAuthorizedException: A client attempted to write unauthorized attribute',
    ],
    [
      'refuses a value above its limit',
      { 'custom:plan': 'x'.repeat(9) },
      'InvalidParameterException: Attributes did not conform to the schema',
    ],
    ['refuses what is no address', { email: 'nonsense' }, 'InvalidParameterException: Invalid email address format.'],
    ["refuses another user's address", { email: 'BOB@x.com' }, 'AliasExistsException: An account with the given email already exists.'],
  ];
  it.each(refused)('%s and changes nothing', async (_, attributes, expected) => {
    const before = JSON.stringify(await local.service.dump());
    local.inbox.clear();
    expect(await refusal(update(attributes))).toContain(expected);
    expect(JSON.stringify(await local.service.dump())).toBe(before);
    expect(local.inbox.list()).toEqual([]);
  });

  it('sets attributes, of which the client sees those that it may read', async () => {
    await update({ name: 'Ann', 'custom:plan': 'gold' });
    expect(await attributesOf()).toEqual({ sub: expect.any(String), email: 'ann@x.com', email_verified: 'true', name: 'Ann' });
    expect(JSON.stringify(await local.service.dump())).toContain('gold');
  });

  it('AU20: signs in by the old address until the code of the new one is given', async () => {
    const reply = await update({ email: 'ann.new@x.com' });
    expect(reply.CodeDeliveryDetailsList).toEqual([{ AttributeName: 'email', DeliveryMedium: 'EMAIL', Destination: 'a***@x***' }]);
    expect(await attributesOf()).toMatchObject({ email: 'ann@x.com', email_verified: 'true' });
    expect(await refusal(passwordLogin(local, 'ann.new@x.com'))).toContain('NotAuthorizedException');
    expect(await refusal(passwordLogin(local, 'ann@x.com'))).toContain('accepted');
    expect(await refusal(verify('abcdef'))).toContain('CodeMismatchException');
    await verify(lastCode(local, 'ann.new@x.com'));
    expect(await attributesOf()).toMatchObject({ email: 'ann.new@x.com', email_verified: 'true' });
    expect(await refusal(passwordLogin(local, 'ann.new@x.com'))).toContain('accepted');
    expect(await refusal(passwordLogin(local, 'ann@x.com'))).toContain('NotAuthorizedException');
    expect(await refusal(verify(lastCode(local, 'ann.new@x.com')))).toContain('ExpiredCodeException');
  });

  it('AU20: refuses the code when the address was taken meanwhile', async () => {
    await update({ email: 'contested@x.com' });
    await register(local, 'contested@x.com');
    const code = local.inbox.list('contested@x.com').at(-1)?.code ?? '';
    expect(await refusal(verify(code))).toBe('AliasExistsException: An account with the given email already exists.');
    expect(await attributesOf()).toMatchObject({ email: 'ann.new@x.com' });
  });

  it('AU20: marks a new address unverified at once where the pool does not wait', async () => {
    const plain = await startLocalCognito();
    await register(plain, 'c@x.com');
    const { accessToken } = await tokensOf(plain, 'c@x.com');
    await plain.sdk.send(
      new UpdateUserAttributesCommand({ AccessToken: accessToken, UserAttributes: [{ Name: 'email', Value: 'd@x.com' }] }),
    );
    const user = await plain.sdk.send(new GetUserCommand({ AccessToken: accessToken }));
    expect(user.UserAttributes).toContainEqual({ Name: 'email_verified', Value: 'false' });
    await plain.stop();
  });
});

describe('GetUserAttributeVerificationCode', () => {
  it('sends another code, five in an hour', async () => {
    local.clock.advance(3_600_000);
    const { accessToken } = await tokensOf(local, 'bob@x.com');
    const request = () => local.sdk.send(new GetUserAttributeVerificationCodeCommand({ AccessToken: accessToken, AttributeName: 'email' }));
    for (let count = 0; count < 5; count += 1) {
      expect(await refusal(request())).toContain('accepted');
    }
    expect(await refusal(request())).toContain('LimitExceededException');
  });
});

describe('DeleteUserAttributes', () => {
  it('removes an attribute, but none that the pool requires', async () => {
    AccessToken = (await tokensOf(local, 'ann.new@x.com')).accessToken;
    const remove = (name: string) => local.sdk.send(new DeleteUserAttributesCommand({ AccessToken, UserAttributeNames: [name] }));
    expect(await refusal(remove('email'))).toContain('InvalidParameterException');
    await remove('name');
    expect(await attributesOf()).toEqual({ sub: expect.any(String), email: 'ann.new@x.com', email_verified: 'true' });
  });
});

describe('ChangePassword', () => {
  const change = (PreviousPassword: string, ProposedPassword: string) =>
    local.sdk.send(new ChangePasswordCommand({ AccessToken, PreviousPassword, ProposedPassword }));

  it('refuses a wrong old password, five times', async () => {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      expect(await refusal(change('Wrong1password', PASSWORD))).toBe('NotAuthorizedException: Incorrect username or password.');
    }
    expect(await refusal(change('Wrong1password', PASSWORD))).toContain('LimitExceededException');
    local.clock.advance(1_000);
  });

  it('refuses a new one outside of the policy, and sets a good one', async () => {
    expect(await refusal(change(PASSWORD, 'weak'))).toContain('InvalidPasswordException');
    await change(PASSWORD, 'Another2horse');
    expect(await refusal(passwordLogin(local, 'ann.new@x.com'))).toContain('NotAuthorizedException');
    expect(await refusal(passwordLogin(local, 'ann.new@x.com', 'Another2horse'))).toContain('accepted');
  });
});

describe('DeleteUser', () => {
  it('removes the user with its name', async () => {
    await local.sdk.send(new DeleteUserCommand({ AccessToken }));
    expect(await refusal(attributesOf())).toBe('UserNotFoundException: User does not exist.');
    expect(JSON.stringify(await local.service.dump())).not.toContain('ann.new@x.com');
    await register(local, 'ann.new@x.com');
  });
});
