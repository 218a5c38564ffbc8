import type { FieldError } from '../../contracts/errors.ts';
import type { Caller } from '../runtime/request.ts';
import { validationError } from '../runtime/validate-body.ts';

type Values = Readonly<Record<string, unknown>>;

/** The length of a partition key that an index takes is far beyond it; a `sub` has 36 characters. */
const maxOwnerLength = 128;

/** A body, and the owner that the system gives the record with it. Nobody else may: for them `owner` stays, and is refused. */
export const splitOwner = (caller: Caller, body: Values): { readonly fields: Values; readonly given: { readonly owner?: string } } => {
  if (caller.kind !== 'system' || body['owner'] === undefined) return { fields: body, given: {} };
  const { owner, ...fields } = body;
  if (typeof owner === 'string' && owner !== '' && owner.length <= maxOwnerLength) return { fields, given: { owner } };
  const fault: FieldError = { pointer: '/owner', code: 'invalid_value', detail: 'Expected the id of a user.' };
  throw validationError([fault]);
};

/** Whose a new record is: the caller's, or that of the user on whose behalf the system acts. Guests and the system by itself own nothing. */
export const newOwner = (caller: Caller): { readonly owner?: string } => {
  const owner = caller.kind === 'user' ? caller.id : caller.kind === 'system' ? caller.actor : undefined;
  return owner === undefined ? {} : { owner };
};
