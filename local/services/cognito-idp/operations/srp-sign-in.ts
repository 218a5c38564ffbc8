import { createHmac } from 'node:crypto';
import { failures } from '../failures.ts';
import type { SignInReply } from '../sign-in-flow.ts';
import { isSrpPublicKey, startSrp } from '../srp.ts';
import { type Attempt, parameter, runPreAuthentication, subjectOf } from './attempt.ts';

/** A stable salt and user id for names that belong to nobody (RFC 5054, section 2.5.1.3). */
function simulatedSrpUser(attempt: Attempt): { salt: string; id: string } {
  const secret = attempt.call.runtime.keys.simulationSecret(attempt.pool.id);
  const digest = createHmac('sha256', secret).update(subjectOf(attempt).name).digest('hex');
  const uuid = [digest.slice(32, 40), digest.slice(40, 44), `4${digest.slice(45, 48)}`, `a${digest.slice(49, 52)}`, digest.slice(52, 64)];
  return { salt: digest.slice(0, 32), id: uuid.join('-') };
}

/** `USER_SRP_AUTH`, first half: the server's public key and the salt, or a likeness of them for a name without a user. */
export async function startSrpSignIn(attempt: Attempt): Promise<SignInReply> {
  const { call, pool, client, user, name } = attempt;
  const publicA = parameter(attempt.parameters, 'SRP_A');
  if (!isSrpPublicKey(publicA)) {
    throw failures.invalidParameter('Invalid SRP_A');
  }
  if (user === undefined && !client.hidesUsers) {
    throw failures.userNotFound();
  }
  await runPreAuthentication(attempt);
  const simulated = simulatedSrpUser(attempt);
  const step = startSrp(user?.password?.srpVerifier);
  const username = user?.username ?? (pool.usernameAttributes.length > 0 ? simulated.id : name);
  const parameters = {
    USERNAME: username,
    USER_ID_FOR_SRP: username,
    SRP_B: step.publicB,
    SALT: user?.password?.srpSalt ?? simulated.salt,
  };
  const session = call.runtime.challenges.open(
    {
      name: 'PASSWORD_VERIFIER',
      poolId: pool.id,
      clientId: client.id,
      username,
      state: { publicA, publicB: step.publicB, privateB: step.privateB, subject: subjectOf(attempt).name },
    },
    client.authSessionSeconds,
  );
  // As on AWS the secret block carries the state of the exchange; it is the session here.
  return { ChallengeName: 'PASSWORD_VERIFIER', ChallengeParameters: { ...parameters, SECRET_BLOCK: session } };
}
