import { createHmac } from 'node:crypto';
import {
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminDisableUserCommand,
  AdminInitiateAuthCommand,
  AdminSetUserPasswordCommand,
  GetUserCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  SignUpCommand,
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

const WRONG = 'Wrong1password';
const INCORRECT = 'NotAuthorizedException: Incorrect username or password.';
const LOCKED = 'NotAuthorizedException: Password attempts exceeded';

let local: LocalCognito;
beforeAll(async () => {
  local = await startLocalCognito();
  await register(local, 'ann@x.com');
});
afterAll(() => local.stop());

function initiate(AuthFlow: string, AuthParameters: Record<string, string>, ClientId = local.clientId) {
  return local.sdk.send(new InitiateAuthCommand({ ClientId, AuthFlow: AuthFlow as never, AuthParameters }));
}

describe('InitiateAuth', () => {
  const refused: [string, string, Record<string, unknown>, string][] = [
    ['AU01: refuses a wrong password', 'USER_PASSWORD_AUTH', { USERNAME: 'ann@x.com', PASSWORD: WRONG }, INCORRECT],
    ['AU01: refuses an unknown user in the same words', 'USER_PASSWORD_AUTH', { USERNAME: 'nobody@x.com', PASSWORD: WRONG }, INCORRECT],
    [
      'refuses a missing password',
      'USER_PASSWORD_AUTH',
      { USERNAME: 'ann@x.com' },
      'InvalidParameterException: Missing required parameter PASSWORD',
    ],
    ['refuses a missing name', 'USER_PASSWORD_AUTH', { PASSWORD }, 'InvalidParameterException: Missing required parameter USERNAME'],
    [
      'AU12: refuses an object as a password',
      'USER_PASSWORD_AUTH',
      { USERNAME: 'ann@x.com', PASSWORD: { $ne: '' } },
      'SerializationException',
    ],
    ['AU12: refuses true as a name', 'USER_PASSWORD_AUTH', { USERNAME: true, PASSWORD }, 'SerializationException'],
    [
      'refuses a flow that the client does not allow',
      'USER_AUTH',
      { USERNAME: 'ann@x.com' },
      'InvalidParameterException: USER_AUTH flow not enabled for this client',
    ],
    [
      'refuses the flow of administrators',
      'ADMIN_USER_PASSWORD_AUTH',
      { USERNAME: 'ann@x.com', PASSWORD },
      'InvalidParameterException: Initiate Auth method not supported.',
    ],
    [
      'refuses a flow by the name of an object member',
      'constructor',
      { USERNAME: 'ann@x.com', PASSWORD },
      'InvalidParameterException: Initiate Auth method not supported.',
    ],
  ];
  it.each(refused)('%s', async (_, flow, parameters, expected) => {
    expect(await refusal(initiate(flow, parameters as Record<string, string>))).toContain(expected);
  });

  it('keeps pools apart', async () => {
    const parameters = { USERNAME: 'ann@x.com', PASSWORD };
    expect(await refusal(initiate('USER_PASSWORD_AUTH', parameters, local.other.clientId))).toBe(INCORRECT);
  });

  it('tells unknown users where the client asks for it', async () => {
    const legacy = await startLocalCognito({ client: { PreventUserExistenceErrors: 'LEGACY' } });
    expect(await refusal(passwordLogin(legacy, 'nobody@x.com'))).toBe('UserNotFoundException: User does not exist.');
    await legacy.stop();
  });

  it('AU14: checks at most five of 50 parallel wrong passwords, and then not the right one either', async () => {
    await register(local, 'brute@x.com');
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, index) => refusal(passwordLogin(local, 'brute@x.com', `Guess${index}x`))),
    );
    expect(results.filter((result) => result === INCORRECT)).toHaveLength(5);
    expect(results.filter((result) => result === LOCKED)).toHaveLength(45);
  });

  it('locks for 2^(n-5) seconds after failure number n, and forgets after 15 minutes or a success', async () => {
    await register(local, 'locked@x.com');
    const wrong = () => refusal(passwordLogin(local, 'locked@x.com', WRONG));
    for (let attempt = 0; attempt < 4; attempt += 1) {
      expect(await wrong()).toBe(INCORRECT);
    }
    for (const pauseSeconds of [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]) {
      expect(await wrong()).toBe(INCORRECT);
      expect(await refusal(passwordLogin(local, 'locked@x.com'))).toBe(LOCKED);
      local.clock.advance(pauseSeconds * 1_000 - 500);
      expect(await refusal(passwordLogin(local, 'locked@x.com'))).toBe(LOCKED);
      local.clock.advance(500);
    }
    expect(await wrong()).toBe(INCORRECT);
    local.clock.advance(30 * 60_000);
    for (let attempt = 0; attempt < 4; attempt += 1) {
      expect(await wrong()).toBe(INCORRECT);
    }
    expect(await refusal(passwordLogin(local, 'locked@x.com'))).toContain('accepted');
    expect(await wrong()).toBe(INCORRECT);
    expect(await refusal(passwordLogin(local, 'locked@x.com'))).toContain('accepted');
  });

  it('AU01: locks a name that belongs to nobody in the same way', async () => {
    const results = [];
    for (let attempt = 0; attempt < 7; attempt += 1) {
      results.push(await refusal(passwordLogin(local, 'phantom@x.com', WRONG)));
    }
    expect(results).toEqual([...Array(5).fill(INCORRECT), LOCKED, LOCKED]);
  });

  it('lets 20 parallel right passwords of one user in', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => refusal(passwordLogin(local, 'ann@x.com'))));
    expect(results.filter((result) => result.startsWith('accepted'))).toHaveLength(20);
  });

  it('JW13: refuses disabled users, also with tokens that are left, and says so only to who knows the password', async () => {
    await register(local, 'gone@x.com');
    const { accessToken, refreshToken } = await tokensOf(local, 'gone@x.com');
    await local.admin.send(new AdminDisableUserCommand({ UserPoolId: local.poolId, Username: 'gone@x.com' }));
    expect(await refusal(passwordLogin(local, 'gone@x.com'))).toBe('NotAuthorizedException: User is disabled.');
    expect(await refusal(passwordLogin(local, 'gone@x.com', WRONG))).toBe(INCORRECT);
    expect(await refusal(local.sdk.send(new GetUserCommand({ AccessToken: accessToken })))).toContain('NotAuthorizedException');
    expect(await refusal(initiate('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN: refreshToken }))).toContain('NotAuthorizedException');
  });

  it('JW13: refuses the tokens of a deleted user, and keeps nothing of a user that is made again by the same address', async () => {
    await register(local, 'deleted@x.com');
    const { accessToken, refreshToken } = await tokensOf(local, 'deleted@x.com');
    await local.admin.send(new AdminDeleteUserCommand({ UserPoolId: local.poolId, Username: 'deleted@x.com' }));
    await register(local, 'deleted@x.com');
    expect(await refusal(local.sdk.send(new GetUserCommand({ AccessToken: accessToken })))).toBe(
      'UserNotFoundException: User does not exist.',
    );
    expect(await refusal(initiate('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN: refreshToken }))).toBe(
      'NotAuthorizedException: Invalid Refresh Token',
    );
  });
});

describe('a client with a secret', () => {
  let secretive: LocalCognito;
  beforeAll(async () => {
    secretive = await startLocalCognito({ client: { GenerateSecret: true } });
  });
  afterAll(() => secretive.stop());

  const hash = (username: string, secret = secretive.clientSecret ?? '') =>
    createHmac('sha256', secret)
      .update(username + secretive.clientId)
      .digest('base64');
  const signUp = (SecretHash?: string) =>
    secretive.sdk.send(new SignUpCommand({ ClientId: secretive.clientId, Username: 'a@x.com', Password: PASSWORD, SecretHash }));

  it('refuses requests without the hash or with another', async () => {
    expect(await refusal(signUp())).toBe(
      `NotAuthorizedException: Client ${secretive.clientId} is configured with secret but SECRET_HASH was not received`,
    );
    expect(await refusal(signUp(hash('a@x.com', 'guess')))).toBe(
      `NotAuthorizedException: Unable to verify secret hash for client ${secretive.clientId}`,
    );
    expect(await refusal(signUp(hash('b@x.com')))).toContain('Unable to verify secret hash');
  });

  it('accepts the hash of user name and client id', async () => {
    expect(await refusal(signUp(hash('a@x.com')))).toContain('accepted');
    const parameters = { USERNAME: 'a@x.com', PASSWORD, SECRET_HASH: hash('a@x.com') };
    const login = new InitiateAuthCommand({ ClientId: secretive.clientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: parameters });
    expect(await refusal(secretive.sdk.send(login))).toBe('UserNotConfirmedException: User is not confirmed.');
  });
});

describe('an invited user', () => {
  const invite = (email: string) => {
    const attributes = [{ Name: 'email_verified', Value: 'true' }];
    const input = { UserPoolId: local.poolId, Username: email, UserAttributes: attributes, DesiredDeliveryMediums: ['EMAIL' as const] };
    return local.admin.send(new AdminCreateUserCommand(input));
  };
  const answer = (Session: string | undefined, responses: Record<string, string>) => {
    const input = { ClientId: local.clientId, ChallengeName: 'NEW_PASSWORD_REQUIRED' as const, Session, ChallengeResponses: responses };
    return local.sdk.send(new RespondToAuthChallengeCommand(input));
  };

  it('must replace the mailed password, within the policy, and once', async () => {
    await invite('guest@x.com');
    expect(local.inbox.list('guest@x.com')[0]?.body).toBe(
      `Your username is guest@x.com and temporary password is ${lastCode(local, 'guest@x.com')}.`,
    );
    const challenge = await passwordLogin(local, 'guest@x.com', lastCode(local, 'guest@x.com'));
    expect(challenge).toMatchObject({ ChallengeName: 'NEW_PASSWORD_REQUIRED', ChallengeParameters: { requiredAttributes: '[]' } });
    expect(challenge.AuthenticationResult).toBeUndefined();
    const { Session } = challenge;
    expect(await refusal(answer(Session, { USERNAME: 'guest@x.com', NEW_PASSWORD: 'short' }))).toContain('InvalidPasswordException');
    expect(await refusal(answer(Session, { USERNAME: 'ann@x.com', NEW_PASSWORD: PASSWORD }))).toBe(
      'NotAuthorizedException: Invalid session for the user.',
    );
    expect(await refusal(answer('x'.repeat(128), { USERNAME: 'guest@x.com', NEW_PASSWORD: PASSWORD }))).toBe(
      'NotAuthorizedException: Invalid session for the user.',
    );
    const results = await Promise.all([1, 2, 3].map(() => refusal(answer(Session, { USERNAME: 'guest@x.com', NEW_PASSWORD: PASSWORD }))));
    expect(results.filter((result) => result.startsWith('accepted'))).toHaveLength(1);
    expect(await refusal(passwordLogin(local, 'guest@x.com'))).toContain('accepted');
  });

  it('JW22: gets nothing by the session string alone', async () => {
    await invite('bearer@x.com');
    const { Session = '' } = await passwordLogin(local, 'bearer@x.com', lastCode(local, 'bearer@x.com'));
    expect(await refusal(local.sdk.send(new GetUserCommand({ AccessToken: Session })))).toBe(
      'NotAuthorizedException: Invalid Access Token',
    );
    expect(await refusal(initiate('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN: Session }))).toBe('NotAuthorizedException: Invalid Refresh Token');
  });

  it('finds the session expired after the three minutes of AuthSessionValidity', async () => {
    await invite('slow@x.com');
    const { Session } = await passwordLogin(local, 'slow@x.com', lastCode(local, 'slow@x.com'));
    local.clock.advance(180_000);
    expect(await refusal(answer(Session, { USERNAME: 'slow@x.com', NEW_PASSWORD: PASSWORD }))).toBe(
      'NotAuthorizedException: Invalid session for the user, session is expired.',
    );
  });

  it('finds the temporary password expired after seven days, until it is set anew', async () => {
    await invite('week@x.com');
    local.clock.advance(7 * 86_400_000);
    expect(await refusal(passwordLogin(local, 'week@x.com', lastCode(local, 'week@x.com')))).toBe(
      'NotAuthorizedException: Temporary password has expired and must be reset by an administrator.',
    );
    await local.admin.send(
      new AdminSetUserPasswordCommand({ UserPoolId: local.poolId, Username: 'week@x.com', Password: PASSWORD, Permanent: true }),
    );
    expect(await refusal(passwordLogin(local, 'week@x.com'))).toContain('accepted');
  });
});

describe('AdminInitiateAuth', () => {
  const login = (sdk: LocalCognito['admin'], ClientId: string) => {
    const parameters = { USERNAME: 'ann@x.com', PASSWORD };
    return sdk.send(
      new AdminInitiateAuthCommand({
        UserPoolId: local.poolId,
        ClientId,
        AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
        AuthParameters: parameters,
      }),
    );
  };

  it('refuses the client of another pool', async () => {
    expect(await refusal(login(local.admin, local.other.clientId))).toContain('ResourceNotFoundException');
  });

  it('signs in for the caller that IAM allows', async () => {
    expect(await refusal(login(local.admin, local.clientId))).toContain('accepted');
    expect(local.authorized).toContain(
      `cognito-idp:AdminInitiateAuth arn:aws:cognito-idp:eu-central-1:123456789012:userpool/${local.poolId}`,
    );
  });
});
