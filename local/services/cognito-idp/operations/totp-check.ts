import { MFA_RULE } from '../attempts.ts';
import { failures } from '../failures.ts';
import type { Runtime } from '../runtime.ts';
import { matchingTotpStep } from '../totp.ts';
import type { User } from '../users-store.ts';

/**
 * Checks a code of the user's authenticator app and uses its 30 seconds up. All of it is synchronous, so parallel
 * requests with one code or with many guesses count one after the other.
 * @throws AwsError `CodeMismatchException`, `ExpiredCodeException` for a code that was used, `NotAuthorizedException`
 * after five wrong ones.
 */
export function checkTotp(runtime: Runtime, user: User, secret: string | undefined, code: string): void {
  const subject = { poolId: user.poolId, name: user.username };
  if (runtime.attempts.isPaused(subject, MFA_RULE)) {
    throw failures.passwordAttemptsExceeded();
  }
  const step = secret === undefined ? undefined : matchingTotpStep(secret, code, runtime.clock.now());
  if (step === undefined) {
    runtime.attempts.add(subject, MFA_RULE);
    throw failures.codeMismatch('Invalid code received for user');
  }
  if (!runtime.users.claimTotpStep(user, step)) {
    throw failures.expiredCode('Your software token has already been used once.');
  }
  runtime.attempts.clear(subject, MFA_RULE);
}
