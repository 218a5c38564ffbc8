import { createHash, randomUUID } from 'node:crypto';
import { simulatedDelivery } from '../code-delivery.ts';
import { makeCode } from '../codes.ts';
import type { SignInReply } from '../sign-in-flow.ts';
import { type Attempt, refusalFor, runPreAuthentication, subjectOf } from './attempt.ts';

/** What a challenge session keeps of a one-time code. */
export function hashOneTimeCode(username: string, code: string): string {
  return createHash('sha256').update(`${username}\n${code}`).digest('hex');
}

/** Sends a one-time code; a name that nothing can be sent to gets the same reply, and no code fits. */
export async function startEmailOtp(attempt: Attempt): Promise<SignInReply> {
  const { call, pool, client, user } = attempt;
  const { runtime } = call;
  const email = user?.enabled && user.attributes['email_verified'] === 'true' ? user.attributes['email'] : undefined;
  if (email === undefined && !client.hidesUsers) {
    throw refusalFor(attempt);
  }
  await runPreAuthentication(attempt);
  runtime.codes.countMessage(subjectOf(attempt), 'sign_in_otp');
  const code = makeCode();
  let sent = simulatedDelivery(attempt.name);
  if (user !== undefined && email !== undefined) {
    const template = { ...pool.verificationMessage, email: 'Your authentication code is {####}', subject: 'Your authentication code' };
    const message = {
      source: 'CustomMessage_Authentication',
      user,
      to: email,
      medium: 'EMAIL',
      code,
      template,
      clientId: client.id,
    } as const;
    sent = await runtime.messages.send(pool, { ...message, clientMetadata: {} });
  }
  const username = user?.username ?? randomUUID();
  const state = { code: email === undefined ? '' : hashOneTimeCode(username, code), subject: subjectOf(attempt).name };
  const opened = { name: 'EMAIL_OTP', poolId: pool.id, clientId: client.id, username, state } as const;
  return {
    ChallengeName: 'EMAIL_OTP',
    ChallengeParameters: { CODE_DELIVERY_DELIVERY_MEDIUM: sent.DeliveryMedium, CODE_DELIVERY_DESTINATION: sent.Destination },
    Session: runtime.challenges.open(opened, client.authSessionSeconds),
  };
}
