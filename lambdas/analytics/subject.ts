import type { Caller } from '../runtime/request.ts';
import { validationError } from '../runtime/validate-body.ts';

type Values = Readonly<Record<string, unknown>>;

/** A `sub` has 36 characters. */
const maxUserIdLength = 128;

/** A body without whom it is about, and the `sub` of that user. */
export interface SplitSubject {
  readonly fields: Values | undefined;
  /** Undefined: of a guest, or of nobody. */
  readonly userId?: string;
}

/**
 * Whom events are about. Users are told by their tokens; the system says it by `userId`, else means the user on whose behalf it acts.
 * For all others `userId` stays in the body, and is refused.
 *
 * @throws ApiError `validation_failed`
 */
export const splitSubject = (caller: Caller, body: Values | undefined): SplitSubject => {
  if (caller.kind === 'user') return { fields: body, userId: caller.id };
  if (caller.kind === 'guest') return { fields: body };
  const { userId = caller.actor, ...fields } = body ?? {};
  if (userId === undefined) return { fields };
  if (typeof userId === 'string' && userId !== '' && userId.length <= maxUserIdLength) return { fields, userId };
  throw validationError([{ pointer: '/userId', code: 'invalid_value', detail: 'Expected the id of a user.' }]);
};
