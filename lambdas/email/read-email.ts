import { ApiError } from '../../contracts/errors.ts';
import type { Action } from '../runtime/request.ts';
import { readMessage } from './email-store.ts';
import { messageView } from './message-view.ts';

const idPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** GET: what came of a message. */
export const readEmail: Action = async ({ path: { id = '' } }) => {
  if (!idPattern.test(id))
    throw new ApiError('invalid_id', 'The id of a message is a UUIDv7, as the answer to POST /email/messages has it.');
  const stored = await readMessage(id);
  if (stored === undefined) throw new ApiError('not_found', 'There is no such message, or the log has let go of it.');
  return { body: messageView(id, stored) };
};
