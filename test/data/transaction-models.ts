import { z } from 'zod';
import { belongsTo, model } from '../../contracts/model.ts';

/** The models of the tests of transactions, batches and operators. */
export const transactionModels = {
  /** A thing of its owner with every kind of number and list. */
  Item: model({
    fields: {
      title: z.string().min(1).max(50),
      slug: z.string().optional(),
      code: z.int().optional(),
      priority: z.int().default(3),
      stock: z.int().min(0).max(1_000).optional(),
      ratio: z.number().gt(0).lt(1).optional(),
      even: z.int().multipleOf(2).default(0),
      level: z.union([z.literal(1), z.literal(2)]).default(1),
      maybe: z.number().nullable().default(null),
      rank: z.int().default(0),
      state: z.string().default('new'),
      tags: z.array(z.string().min(1).trim()).max(5).default([]),
      log: z.array(z.object({ text: z.string() })).optional(),
      locked: z.int().default(0),
      lockedTags: z.array(z.string()).default([]),
      own: z.int().default(0),
    },
    unique: ['slug', 'code'],
    indexes: { byPriority: ['*', 'priority'], byState: ['state', 'rank', 'createdAt'] },
    access: (allow) => [
      allow.owner(),
      allow.group('editors').to('read', 'update'),
      allow
        .anyone()
        .to('read')
        .when({ state: { eq: 'public' } }),
    ],
    fieldAccess: {
      locked: (allow) => [allow.group('admins'), allow.owner().to('read')],
      lockedTags: (allow) => [allow.group('admins'), allow.owner().to('read')],
      own: (allow) => [allow.owner()],
    },
  }),
  /** Counted, and bound to an item. */
  Entry: model({
    fields: { itemId: z.string(), amount: z.number(), kind: z.string().default('plain') },
    count: ['kind'],
    indexes: { byItem: ['itemId'] },
    relations: { item: belongsTo('Item', 'itemId', { onDelete: 'restrict' }) },
    access: (allow) => [allow.owner()],
  }),
  /** Changed with the version in hand only, by anybody who is logged in. */
  Strict: model({ fields: { text: z.string() }, requireIfMatch: true, access: (allow) => [allow.signedIn()] }),
  /** Plain, for whoever is logged in. */
  Plain: model({ fields: { text: z.string().optional(), n: z.int().default(0) }, access: (allow) => [allow.signedIn()] }),
};
