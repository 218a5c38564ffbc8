import { z } from 'zod';
import { belongsTo, model } from '../../contracts/model.ts';

/** What the hook of an order does is what the order says: its `wish`. */
const order = {
  item: z.string(),
  quantity: z.int().min(1).max(100).default(1),
  state: z.string().default('open'),
  price: z.number().optional(),
  wish: z.string().optional(),
  code: z.string().optional(),
};

/** Models with hooks, and one without. */
export const hooksModels = {
  Order: model({
    fields: order,
    unique: ['code'],
    access: (allow) => [allow.owner().when({ state: { ne: 'secret' } }), allow.group('readers').to('read')],
    fieldAccess: { price: (allow) => [allow.group('admins'), allow.owner().to('read')] },
  }),
  /** Goes with its order. */
  Line: model({
    fields: { orderId: z.string(), wish: z.string().optional() },
    indexes: { byOrder: ['orderId'] },
    relations: { order: belongsTo('Order', 'orderId', { onDelete: 'cascade' }) },
    access: (allow) => [allow.owner()],
  }),
  /** Nobody is asked about it. */
  Plain: model({
    fields: { item: z.string(), shelfId: z.string().optional() },
    indexes: { byShelf: ['shelfId'] },
    relations: { shelf: belongsTo('Shelf', 'shelfId', { onDelete: 'restrict' }) },
    access: (allow) => [allow.owner()],
  }),
  /** Nothing goes with it. */
  Bare: model({ fields: { item: z.string() }, access: (allow) => [allow.owner()] }),
  /** Stays while something is on it. */
  Shelf: model({ fields: { name: z.string() }, access: (allow) => [allow.owner()] }),
};
