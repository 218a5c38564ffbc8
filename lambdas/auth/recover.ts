import type { Tokens } from '../../contracts/auth-schemas.ts';
import type { Action } from '../runtime/request.ts';
import { disableLostAuthenticator } from './account-store.ts';
import { logIn } from './auth-store.ts';
import { guarded } from './guarded.ts';
import { passwordLimits } from './limits.ts';
import { readBody } from './read-body.ts';
import { forgetRecoveryCodes, useRecoveryCode } from './recovery-store.ts';
import { refusal } from './refusals.ts';
import { refusingSteadily } from './steadily.ts';

const logInWithRecoveryCode = async (email: string, password: string, recoveryCode: string): Promise<Tokens> => {
  const login = await logIn(email, password);
  // Without an open question for the authenticator there is nothing that the code could stand in for.
  if ('tokens' in login || login.challenge.challenge !== 'authenticator_code') throw refusal('invalid_credentials');
  if (!(await useRecoveryCode(login.username, recoveryCode))) throw refusal('invalid_credentials');
  await disableLostAuthenticator(login.username);
  const recovered = await logIn(email, password);
  if (!('tokens' in recovered)) throw new Error('the user pool asks for more than the password although the authenticator is disabled');
  // Only now: had one of the steps failed, the other codes would still have been needed.
  await forgetRecoveryCodes(login.username);
  return recovered.tokens;
};

export const recover: Action = async (request) => {
  const { email, password, recoveryCode } = readBody('recover', request);
  const tokens = await refusingSteadily(() =>
    guarded(passwordLimits(request, email), () => logInWithRecoveryCode(email, password, recoveryCode)),
  );
  return { body: tokens };
};
