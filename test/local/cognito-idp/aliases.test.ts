import { AdminGetUserCommand, ConfirmSignUpCommand, SignUpCommand } from '@aws-sdk/client-cognito-identity-provider';
import { type LocalCognito, lastCode, PASSWORD, passwordLogin, refusal, startLocalCognito } from './support/local-cognito.ts';

/** A pool in which users choose a name and may also sign in by their verified address or number. */
const pool = {
  UsernameAttributes: [],
  AliasAttributes: ['email', 'phone_number'],
  Schema: [],
  AutoVerifiedAttributes: ['email', 'phone_number'],
};

let local: LocalCognito;
beforeAll(async () => {
  local = await startLocalCognito({ pool });
});
afterAll(() => local.stop());

function signUp(Username: string, attributes: Record<string, string>, at = local) {
  const UserAttributes = Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }));
  return at.sdk.send(new SignUpCommand({ ClientId: at.clientId, Username, Password: PASSWORD, UserAttributes }));
}
function confirm(Username: string, ConfirmationCode: string, ForceAliasCreation = false) {
  return local.sdk.send(new ConfirmSignUpCommand({ ClientId: local.clientId, Username, ConfirmationCode, ForceAliasCreation }));
}

describe('a pool with AliasAttributes', () => {
  it('refuses a name that looks like an alias, and a name in another case', async () => {
    expect(await refusal(signUp('a@x.com', {}))).toBe(
      'InvalidParameterException: Username cannot be of email format, since user pool is configured for email alias.',
    );
    await signUp('Carl', {});
    expect(await refusal(signUp('cARL', {}))).toBe('UsernameExistsException: User already exists');
  });

  it('signs in by the address once it is verified, and lets a second user confirm it only by force', async () => {
    await signUp('ann', { email: 'ann@x.com' });
    const first = lastCode(local, 'ann@x.com');
    await signUp('eve', { email: 'ANN@x.com' });
    const second = lastCode(local, 'ANN@x.com');
    expect(await refusal(passwordLogin(local, 'ann@x.com'))).toContain('NotAuthorizedException');
    await confirm('ann', first);
    expect(await refusal(passwordLogin(local, 'ann@x.com'))).toContain('accepted');
    expect(await refusal(confirm('eve', second))).toBe('AliasExistsException: An account with the given email already exists.');
    const eve = new AdminGetUserCommand({ UserPoolId: local.poolId, Username: 'eve' });
    expect(await local.admin.send(eve)).toMatchObject({ UserStatus: 'UNCONFIRMED' });
    await confirm('eve', second, true);
    expect(await local.admin.send(new AdminGetUserCommand({ UserPoolId: local.poolId, Username: 'ann@x.com' }))).toMatchObject({
      Username: 'eve',
    });
    expect(await refusal(passwordLogin(local, 'ann'))).toContain('accepted');
  });

  it('sends the code to the phone when there is one', async () => {
    const reply = await signUp('tel', { email: 'tel@x.com', phone_number: '+49123456789' });
    expect(reply.CodeDeliveryDetails).toEqual({ AttributeName: 'phone_number', DeliveryMedium: 'SMS', Destination: '+*******6789' });
    expect(local.inbox.list('+49123456789')[0]).toMatchObject({
      channel: 'sms',
      body: expect.stringMatching(/^Your verification code is \d{6}$/),
    });
    expect(local.inbox.list('tel@x.com')).toEqual([]);
    await confirm('tel', lastCode(local, '+49123456789'));
    expect(await refusal(passwordLogin(local, '+49123456789'))).toContain('accepted');
  });

  it('tells names apart by case where the pool says so', async () => {
    const exact = await startLocalCognito({ pool: { ...pool, UsernameConfiguration: { CaseSensitive: true } } });
    await signUp('Dora', {}, exact);
    expect(await refusal(signUp('dora', {}, exact))).toContain('accepted');
    await exact.stop();
  });
});
