import { InitiateAuthCommand, RespondToAuthChallengeCommand } from '@aws-sdk/client-cognito-identity-provider';
import { wrapAuthChallenge, wrapInitiateAuth } from 'cognito-srp-helper';
import { type LocalCognito, PASSWORD, refusal, register, startLocalCognito } from './support/local-cognito.ts';
import { SrpClient } from './support/srp-client.ts';

const INCORRECT = 'NotAuthorizedException: Incorrect username or password.';

let local: LocalCognito;
const client = new SrpClient();
beforeAll(async () => {
  local = await startLocalCognito();
  await register(local, 'ann@x.com');
});
afterAll(() => Promise.all([local.stop(), client.stop()]));

function start(email: string, SRP_A: string) {
  const input = { ClientId: local.clientId, AuthFlow: 'USER_SRP_AUTH' as const, AuthParameters: { USERNAME: email, SRP_A } };
  return local.sdk.send(new InitiateAuthCommand(input));
}

/** Both halves of SRP with a client that is not ours. */
async function srpLogin(email: string, password: string) {
  const session = await client.start(email, password, local.poolId);
  const input = { ClientId: local.clientId, AuthFlow: 'USER_SRP_AUTH' as const, AuthParameters: { USERNAME: email } };
  const challenge = await local.sdk.send(new InitiateAuthCommand(wrapInitiateAuth(session, input)));
  const { ChallengeName, ChallengeParameters } = challenge;
  const signed = await client.sign(session, { ChallengeName, ChallengeParameters });
  const answer = { ClientId: local.clientId, ChallengeName: 'PASSWORD_VERIFIER' as const, ChallengeResponses: { USERNAME: email } };
  const command = new RespondToAuthChallengeCommand(wrapAuthChallenge(signed, answer));
  return { challenge, respond: () => local.sdk.send(command) };
}

describe('USER_SRP_AUTH', () => {
  it.each(['0', 'xyz', ''])('refuses %j as SRP_A, with which anybody would know the key', async (publicA) => {
    expect(await refusal(start('ann@x.com', publicA))).toContain('InvalidParameterException');
  });

  it('refuses a wrong password', async () => {
    const { respond } = await srpLogin('ann@x.com', 'Wrong1password');
    expect(await refusal(respond())).toBe(INCORRECT);
  });

  it('AU01: gives an unknown user the same salt each time, another key, and the words of a wrong password', async () => {
    const [first, second] = [await srpLogin('nobody@x.com', PASSWORD), await srpLogin('Nobody@x.com', PASSWORD)];
    const parameters = first.challenge.ChallengeParameters;
    expect(parameters?.['SALT']).toBe(second.challenge.ChallengeParameters?.['SALT']);
    expect(parameters?.['USER_ID_FOR_SRP']).toBe(second.challenge.ChallengeParameters?.['USER_ID_FOR_SRP']);
    expect(parameters?.['USER_ID_FOR_SRP']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(parameters?.['SRP_B']).not.toBe(second.challenge.ChallengeParameters?.['SRP_B']);
    expect(await refusal(first.respond())).toBe(INCORRECT);
  });

  it('AU14: counts wrong passwords with those of the other flows', async () => {
    await register(local, 'brute@x.com');
    const logins = await Promise.all(Array.from({ length: 8 }, () => srpLogin('brute@x.com', 'Wrong1password')));
    const results = await Promise.all(logins.map(({ respond }) => refusal(respond())));
    expect(results.filter((result) => result === INCORRECT)).toHaveLength(5);
    expect(results.filter((result) => result === 'NotAuthorizedException: Password attempts exceeded')).toHaveLength(3);
  });

  it('signs in who knows the password, once for each challenge', async () => {
    const { challenge, respond } = await srpLogin('ann@x.com', PASSWORD);
    expect(challenge.ChallengeName).toBe('PASSWORD_VERIFIER');
    expect((await respond()).AuthenticationResult?.AccessToken).toEqual(expect.any(String));
    expect(await refusal(respond())).toBe('NotAuthorizedException: Invalid session for the user.');
  });
});

describe('a pool in which no client signs in by SRP', () => {
  it('keeps no verifier, which would be cheaper to guess against than the hash', async () => {
    const plain = await startLocalCognito({ client: { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] } });
    await register(plain, 'a@x.com');
    const input = { ClientId: plain.clientId, AuthFlow: 'USER_SRP_AUTH' as const, AuthParameters: { USERNAME: 'a@x.com', SRP_A: '5' } };
    expect(await refusal(plain.sdk.send(new InitiateAuthCommand(input)))).toBe(
      'InvalidParameterException: USER_SRP_AUTH flow not enabled for this client',
    );
    await plain.stop();
  });
});
