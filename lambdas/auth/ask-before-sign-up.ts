import { callHook } from '@compiled/auth';
import type { AuthRequest } from '../../contracts/auth-schemas.ts';
import { ApiError } from '../../contracts/errors.ts';
import { hookLimits } from '../../contracts/hooks.ts';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { hookFailed, readHookReply } from '../runtime/hook-reply.ts';
import type { ApiRequest } from '../runtime/request.ts';
import { readBody } from './read-body.ts';

type Account = AuthRequest<'register'>;

/** Registering itself must still be able to end. */
const reserveMs = 4_000;

/** The account as the hook wants it. A name is all that it may change. */
const amended = (request: ApiRequest, account: Account, amendment: Readonly<Record<string, unknown>>): Account => {
  const { name = account.name, ...others } = amendment;
  const [other] = Object.keys(others);
  if (other !== undefined) throw new Error(`the hook asked to amend ${other}, but only the name can be amended`);
  const { name: _, ...body } = request.body ?? {};
  return { ...readBody('register', { ...request, body: { ...body, ...(name !== null && name !== undefined && { name }) } }) };
};

const ask = async (request: ApiRequest, { email, name }: Account) => {
  if (callHook === undefined) return undefined;
  const { requestId, remainingMs } = request;
  const timeoutMs = Math.min(hookLimits.signUpMs, remainingMs() - reserveMs);
  if (timeoutMs <= 0) throw new Error('no time is left to ask the hook');
  const event = { kind: 'hook', point: 'signUp', email, ...(name !== undefined && { name }), requestId } as const;
  return readHookReply(await callHook(requiredVariable(variables.signUpHook), event, timeoutMs));
};

/**
 * Asks the hook before somebody registers, whether or not there is an account of this address already: the answer tells nothing
 * of it. Cognito's own trigger would be asked for new addresses only, and could change nothing.
 *
 * @throws ApiError `registration_refused` with the words of the hook, `hook_failed`, `unavailable`
 */
export const askBeforeSignUp = async (request: ApiRequest, account: Account): Promise<Account> => {
  try {
    const amendment = await ask(request, account);
    return amendment === undefined ? account : amended(request, account, amendment);
  } catch (error) {
    if (!(error instanceof ApiError)) throw hookFailed(error);
    if (error.code === 'unavailable') throw error;
    if (error.code !== 'hook_refused') throw hookFailed(error);
    throw new ApiError('registration_refused', error.message, error.refusal && { refusal: error.refusal });
  }
};
