import { ApiError } from '../../contracts/errors.ts';
import { type MessageItem, pushKeys } from '../../contracts/push-table.ts';
import type { Action } from '../runtime/request.ts';
import { messageIdOf, noMessage } from './message-view.ts';
import { commit } from './push-store.ts';
import { unscheduleMessage } from './schedules-store.ts';

/** DELETE: calls off a message that waits for its time. The log decides; a schedule that is left finds nothing to send. */
export const cancelMessage: Action = async ({ path }) => {
  const id = messageIdOf(path['id']);
  const key = pushKeys.message(id);
  const refused = await commit([{ kind: 'update', key, set: { status: 'canceled' }, when: { equals: { status: 'scheduled' } } }]);
  const { status } = (refused?.get(0) ?? {}) as Partial<MessageItem>;
  if (refused !== undefined && status === undefined) throw noMessage();
  if (refused !== undefined && status !== 'canceled') {
    throw new ApiError('already_sent', 'The message does not wait any more: it is on its way, or has been sent.');
  }
  await unscheduleMessage(id);
  return {};
};
