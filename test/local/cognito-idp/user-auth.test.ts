import { InitiateAuthCommand, RespondToAuthChallengeCommand } from '@aws-sdk/client-cognito-identity-provider';
import { type LocalCognito, lastCode, PASSWORD, refusal, register, startLocalCognito } from './support/local-cognito.ts';

let local: LocalCognito;
beforeAll(async () => {
  const SignInPolicy = { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] };
  local = await startLocalCognito({ pool: { Policies: { SignInPolicy } }, client: { ExplicitAuthFlows: ['ALLOW_USER_AUTH'] } });
  await register(local, 'ann@x.com', 'Correct1horse!');
});
afterAll(() => local.stop());

function start(email: string, more: Record<string, string> = {}) {
  const input = { ClientId: local.clientId, AuthFlow: 'USER_AUTH' as const, AuthParameters: { USERNAME: email, ...more } };
  return local.sdk.send(new InitiateAuthCommand(input));
}
function respond(ChallengeName: 'SELECT_CHALLENGE' | 'EMAIL_OTP', Session: string | undefined, ChallengeResponses: Record<string, string>) {
  return local.sdk.send(new RespondToAuthChallengeCommand({ ClientId: local.clientId, ChallengeName, Session, ChallengeResponses }));
}

describe('USER_AUTH', () => {
  it('answers an unknown user with a code challenge that nothing fulfils, and mails nothing', async () => {
    const challenge = await start('axe@x.com', { PREFERRED_CHALLENGE: 'EMAIL_OTP' });
    expect(challenge).toMatchObject({ ChallengeName: 'EMAIL_OTP', ChallengeParameters: { CODE_DELIVERY_DESTINATION: 'a***@x***' } });
    expect(local.inbox.list('axe@x.com')).toEqual([]);
    expect(await refusal(respond('EMAIL_OTP', challenge.Session, { USERNAME: 'axe@x.com', EMAIL_OTP_CODE: '123456' }))).toBe(
      'CodeMismatchException: Invalid code received for user',
    );
  });

  it('offers an unknown user the same choice, which leads nowhere', async () => {
    const { Session, ...challenge } = await start('nobody@x.com');
    expect(challenge).toMatchObject({ ChallengeName: 'SELECT_CHALLENGE', AvailableChallenges: ['PASSWORD', 'PASSWORD_SRP', 'EMAIL_OTP'] });
    const answer = respond('SELECT_CHALLENGE', Session, { USERNAME: 'nobody@x.com', ANSWER: 'PASSWORD', PASSWORD });
    expect(await refusal(answer)).toBe('NotAuthorizedException: Incorrect username or password.');
  });

  it('AU05: locks after five wrong codes', async () => {
    await register(local, 'guess@x.com', 'Correct1horse!');
    const { Session } = await start('guess@x.com', { PREFERRED_CHALLENGE: 'EMAIL_OTP' });
    const results = await Promise.all(
      Array.from({ length: 10 }, () => refusal(respond('EMAIL_OTP', Session, { USERNAME: 'guess@x.com', EMAIL_OTP_CODE: 'abcdef' }))),
    );
    expect(results.filter((result) => result.startsWith('CodeMismatchException'))).toHaveLength(5);
    const code = lastCode(local, 'guess@x.com');
    expect(await refusal(respond('EMAIL_OTP', Session, { USERNAME: 'guess@x.com', EMAIL_OTP_CODE: code }))).toContain(
      'NotAuthorizedException',
    );
  });

  it('signs in by the mailed code, once', async () => {
    const { Session } = await start('ann@x.com', { PREFERRED_CHALLENGE: 'EMAIL_OTP' });
    const answer = () => respond('EMAIL_OTP', Session, { USERNAME: 'ann@x.com', EMAIL_OTP_CODE: lastCode(local, 'ann@x.com') });
    expect((await answer()).AuthenticationResult?.AccessToken).toEqual(expect.any(String));
    expect(await refusal(answer())).toContain('NotAuthorizedException: Invalid session');
  });

  it('offers the factors of the pool and takes the password', async () => {
    const { Session, ...challenge } = await start('ann@x.com');
    expect(challenge).toMatchObject({ ChallengeName: 'SELECT_CHALLENGE', AvailableChallenges: ['PASSWORD', 'PASSWORD_SRP', 'EMAIL_OTP'] });
    const wrong = await start('ann@x.com', { PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD }).catch((error: Error) => error.name);
    expect(wrong).toBe('NotAuthorizedException');
    const reply = await respond('SELECT_CHALLENGE', Session, { USERNAME: 'ann@x.com', ANSWER: 'PASSWORD', PASSWORD: 'Correct1horse!' });
    expect(reply.AuthenticationResult?.AccessToken).toEqual(expect.any(String));
  });
});
