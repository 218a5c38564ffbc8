import { ApiError } from '../../contracts/errors.ts';
import { answerDecision } from '../runtime/answer-decision.ts';
import { authorize, grantsFor, isGranted } from '../runtime/authorize.ts';
import { livePredicate } from '../runtime/live-predicate.ts';
import { matches } from '../runtime/predicate.ts';
import type { Caller } from '../runtime/request.ts';
import type { Item } from './data-store.ts';
import type { ModelEntry } from './models.ts';

/** The same answer for records that never were, that are gone and that the caller may not know of. */
export const notFound = (): ApiError => new ApiError('not_found', 'There is no such record, or you may not read it.');

/** Turns a refusal of the rules into an answer. */
export const assertAllowed = answerDecision({
  forbidden: 'The access rules of this model do not let you do this.',
  notFound,
});

/** Refuses callers who may read no record at all: guests may log in, for users there is nothing. */
export const assertMayRead = ({ model }: ModelEntry, caller: Caller): void => {
  if (grantsFor(model.rules, 'get', caller).length === 0) assertAllowed(caller.kind === 'guest' ? 'unauthenticated' : 'hidden');
};

/** Refuses callers whose list of records would be empty by the rules alone, before anything else of the request is looked at. */
export const assertMayList = ({ model }: ModelEntry, caller: Caller): void => assertAllowed(authorize(model.rules, 'list', caller));

/** Whether a record's time is not over. */
export const isLive = ({ model }: ModelEntry, item: Item): boolean => {
  const live = livePredicate(model, Date.now());
  return live === undefined || matches(live, item);
};

/** Whether a record is there for the caller. */
export const isReadable = (entry: ModelEntry, caller: Caller, item: Item): boolean =>
  isLive(entry, item) && isGranted(grantsFor(entry.model.rules, 'get', caller), item);
