import type { Delivery } from '../../contracts/push.ts';
import { type MessageItem, pushKeys, type ResultItem } from '../../contracts/push-table.ts';
import { readParameters } from '../runtime/read-parameters.ts';
import type { Action } from '../runtime/request.ts';
import { messageIdOf, noMessage } from './message-view.ts';
import { readListPage } from './pages.ts';
import { readItem } from './push-store.ts';

type Stored = ResultItem & { readonly sk: string };

/** A result without a status is one that is being found out. */
const deliveryOf = ({ sk, owner, platform, status, reason, at }: Stored): readonly Delivery[] =>
  status === undefined ? [] : [{ deviceId: sk, owner, platform, status, ...(reason !== undefined && { reason }), at }];

/** GET: what came of a message, device by device. Only where nothing came of it is the message itself looked at. */
export const listDeliveries: Action = async (request) => {
  const id = messageIdOf(request.path['id']);
  const { limit, cursor } = readParameters(request.query, ['limit', 'cursor']);
  const partition = pushKeys.result(id, '').pk;
  const page = await readListPage<Stored>(request, { partition, descending: false, limit, cursor });
  if (page.items.length === 0 && (await readItem<MessageItem>(pushKeys.message(id))) === undefined) throw noMessage();
  return { body: { ...page, items: page.items.flatMap(deliveryOf) } };
};
