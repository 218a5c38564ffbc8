import { type MessageItem, pushKeys } from '../../contracts/push-table.ts';
import type { Action } from '../runtime/request.ts';
import { messageIdOf, messageView, noMessage } from './message-view.ts';
import { readItem } from './push-store.ts';

/** GET: a message, and what has come of it so far. */
export const readMessage: Action = async ({ path }) => {
  const id = messageIdOf(path['id']);
  const item = await readItem<MessageItem>(pushKeys.message(id));
  if (item === undefined) throw noMessage();
  return { body: messageView(id, item) };
};
