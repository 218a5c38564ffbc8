import { ApiError } from '../../contracts/errors.ts';
import type { SentMessage } from '../../contracts/push.ts';
import type { MessageItem } from '../../contracts/push-table.ts';

const uuidV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** @throws ApiError `invalid_id` */
export const messageIdOf = (id: string | undefined): string => {
  if (id !== undefined && uuidV7.test(id)) return id;
  throw new ApiError('invalid_id', 'The id of a message is a UUIDv7 as POST /push/messages gives it.');
};

/** @throws ApiError `not_found` */
export const noMessage = (): ApiError => new ApiError('not_found', 'There is no such message, or it has left the log.');

/** What is shown of a message. */
export const messageView = (id: string, { status, sender, message, createdAt, counts }: MessageItem): SentMessage => ({
  id,
  status,
  sender,
  message,
  createdAt,
  counts,
});
