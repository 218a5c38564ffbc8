import { AdminCreateUserCommand, AdminGetUserCommand, SignUpCommand } from '@aws-sdk/client-cognito-identity-provider';
import {
  claimsOf,
  type LocalCognito,
  type LocalCognitoOptions,
  PASSWORD,
  passwordLogin,
  refusal,
  register,
  startLocalCognito,
  type Trigger,
  tokensOf,
} from './support/local-cognito.ts';

const running: LocalCognito[] = [];
async function start(options: LocalCognitoOptions): Promise<LocalCognito> {
  const local = await startLocalCognito(options);
  running.push(local);
  return local;
}
afterAll(() => Promise.all(running.map((local) => local.stop())));

interface TriggerEvent {
  readonly triggerSource: string;
  readonly request: Record<string, unknown>;
  readonly response: Record<string, unknown>;
}

/** A trigger that answers by changing `response`. */
function answering(change: (event: TriggerEvent) => void): Trigger {
  return (event) => {
    change(event as unknown as TriggerEvent);
    return event;
  };
}

function throwing(message: string): Trigger {
  return () => {
    throw new Error(message);
  };
}

function signUp(local: LocalCognito, email: string) {
  const more = { ValidationData: [{ Name: 'invite', Value: 'abc' }], ClientMetadata: { lang: 'de' } };
  return local.sdk.send(new SignUpCommand({ ClientId: local.clientId, Username: email, Password: PASSWORD, ...more }));
}

describe('PreSignUp', () => {
  it('refuses the sign-up by throwing, and nothing is kept', async () => {
    const local = await start({ triggers: { PreSignUp: throwing('No guests.') } });
    expect(await refusal(signUp(local, 'a@x.com'))).toBe('UserLambdaValidationException: PreSignUp failed with error No guests..');
    expect(JSON.stringify(await local.service.dump())).not.toContain('a@x.com');
    expect(local.inbox.list()).toEqual([]);
    const create = new AdminCreateUserCommand({ UserPoolId: local.poolId, Username: 'b@x.com' });
    expect(await refusal(local.admin.send(create))).toContain('UserLambdaValidationException');
  });

  it.each([
    ['nothing', undefined],
    ['a string', 'ok'],
    ['a list', []],
  ])('is refused when it answers %s', async (_, output) => {
    const local = await start({ triggers: { PreSignUp: () => output } });
    expect(await refusal(signUp(local, 'a@x.com'))).toBe('InvalidLambdaResponseException: Unrecognizable lambda output');
  });

  it('confirms at once and leads to PostConfirmation', async () => {
    const events: unknown[] = [];
    const PreSignUp = answering((event) => Object.assign(event.response, { autoConfirmUser: true, autoVerifyEmail: true }));
    const local = await start({ triggers: { PreSignUp, PostConfirmation: answering((event) => events.push(event)) } });
    expect(await signUp(local, 'a@x.com')).toMatchObject({ UserConfirmed: true });
    expect(local.inbox.list()).toEqual([]);
    const user = await local.admin.send(new AdminGetUserCommand({ UserPoolId: local.poolId, Username: 'a@x.com' }));
    expect(user).toMatchObject({ UserStatus: 'CONFIRMED' });
    expect(user.UserAttributes).toContainEqual({ Name: 'email_verified', Value: 'true' });
    expect(events).toEqual([expect.objectContaining({ triggerSource: 'PostConfirmation_ConfirmSignUp' })]);
  });

  it("gets AWS's event", async () => {
    const events: unknown[] = [];
    const local = await start({ triggers: { PreSignUp: answering((event) => events.push(structuredClone(event))) } });
    const { UserSub } = await signUp(local, 'a@x.com');
    expect(events).toEqual([
      {
        version: '1',
        triggerSource: 'PreSignUp_SignUp',
        region: 'eu-central-1',
        userPoolId: local.poolId,
        userName: UserSub,
        callerContext: { awsSdkVersion: expect.any(String), clientId: local.clientId },
        request: { userAttributes: { email: 'a@x.com' }, validationData: { invite: 'abc' }, clientMetadata: { lang: 'de' } },
        response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
      },
    ]);
    expect(JSON.stringify(events)).not.toContain(PASSWORD);
  });
});

describe('CustomMessage', () => {
  it('words the message, with the code in its place', async () => {
    const CustomMessage = answering((event) => {
      const text = `Welcome, your code: ${String(event.request['codeParameter'])}`;
      Object.assign(event.response, { emailSubject: event.triggerSource, emailMessage: text });
    });
    const local = await start({ triggers: { CustomMessage } });
    await signUp(local, 'a@x.com');
    const message = local.inbox.list('a@x.com')[0];
    expect(message).toMatchObject({ subject: 'CustomMessage_SignUp', body: `Welcome, your code: ${message?.code}` });
  });

  it("leaves the pool's own template when it says nothing", async () => {
    const VerificationMessageTemplate = { EmailMessage: '<b>{####}</b>', EmailSubject: 'Hello' };
    const local = await start({ pool: { VerificationMessageTemplate }, triggers: { CustomMessage: answering(() => {}) } });
    await signUp(local, 'a@x.com');
    const message = local.inbox.list('a@x.com')[0];
    expect(message).toMatchObject({ subject: 'Hello', body: `<b>${message?.code}</b>` });
  });
});

describe('PreAuthentication and PostAuthentication', () => {
  it('refuses a sign-in by throwing, also with the right password', async () => {
    const local = await start({ triggers: { PreAuthentication: throwing('Not today') } });
    await register(local, 'a@x.com');
    expect(await refusal(passwordLogin(local, 'a@x.com'))).toBe(
      'UserLambdaValidationException: PreAuthentication failed with error Not today.',
    );
  });

  it('runs PostAuthentication only after the right password', async () => {
    const sources: string[] = [];
    const local = await start({ triggers: { PostAuthentication: answering((event) => sources.push(event.triggerSource)) } });
    await register(local, 'a@x.com');
    await refusal(passwordLogin(local, 'a@x.com', 'Wrong1password'));
    expect(sources).toEqual([]);
    await passwordLogin(local, 'a@x.com');
    expect(sources).toEqual(['PostAuthentication_Authentication']);
  });
});

describe('PreTokenGeneration', () => {
  it('opens no session when it throws', async () => {
    const local = await start({ triggers: { PreTokenGeneration: throwing('No tokens') } });
    await register(local, 'a@x.com');
    expect(await refusal(passwordLogin(local, 'a@x.com'))).toBe(
      'UserLambdaValidationException: PreTokenGeneration failed with error No tokens.',
    );
    expect(JSON.stringify(await local.service.dump())).toContain('"activeSessions":0');
  });

  it('version 1 changes the ID token and the groups, not the claims of AWS', async () => {
    const claimsOverrideDetails = {
      claimsToAddOrOverride: { tenant: 'acme', sub: 'evil', 'cognito:username': 'evil' },
      claimsToSuppress: ['email', 'iss'],
      groupOverrideDetails: { groupsToOverride: ['vip'], iamRolesToOverride: [], preferredRole: null },
    };
    const local = await start({
      triggers: { PreTokenGeneration: answering((event) => Object.assign(event.response, { claimsOverrideDetails })) },
    });
    const sub = await register(local, 'a@x.com');
    const { accessToken, idToken } = await tokensOf(local, 'a@x.com');
    const id = claimsOf(idToken);
    expect(id).toMatchObject({ tenant: 'acme', sub, 'cognito:username': sub, iss: expect.any(String), 'cognito:groups': ['vip'] });
    expect(id['email']).toBeUndefined();
    expect(claimsOf(accessToken)['tenant']).toBeUndefined();
    expect(claimsOf(accessToken)['cognito:groups']).toEqual(['vip']);
  });

  it('version 2 changes the access token and its scopes too', async () => {
    const claimsAndScopeOverrideDetails = {
      accessTokenGeneration: { claimsToAddOrOverride: { plan: 'gold', client_id: 'evil' }, scopesToAdd: ['notes/read'] },
      idTokenGeneration: { claimsToAddOrOverride: { plan: 'gold' } },
    };
    const PreTokenGeneration = answering((event) => Object.assign(event.response, { claimsAndScopeOverrideDetails }));
    const local = await start({
      pool: { LambdaConfig: { PreTokenGenerationConfig: { LambdaArn: 'PreTokenGeneration', LambdaVersion: 'V2_0' } } },
      triggers: { PreTokenGeneration },
    });
    await register(local, 'a@x.com');
    const { accessToken, idToken } = await tokensOf(local, 'a@x.com');
    expect(claimsOf(accessToken)).toMatchObject({
      plan: 'gold',
      client_id: local.clientId,
      scope: 'aws.cognito.signin.user.admin notes/read',
    });
    expect(claimsOf(idToken)).toMatchObject({ plan: 'gold' });
  });
});
