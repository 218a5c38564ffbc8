import { z } from 'zod';
import { belongsTo, hasMany, model } from '../../contracts/model.ts';

/** The models of the data tests. Each shows one way in which records can be ruled, found or bound. */
export const testModels = {
  /** Records of their owners, with a unique field, a field for admins and one for the owner only. */
  Note: model({
    fields: {
      title: z.string().min(1).max(200),
      body: z.string().optional(),
      priority: z.int().default(0),
      slug: z.string().optional(),
      secret: z.string().optional(),
      diary: z.string().optional(),
      due: z.iso.datetime({ offset: true }).optional(),
      label: z.string().nullable().optional(),
      meta: z.looseObject({ color: z.string().optional(), inner: z.looseObject({ x: z.number().optional() }).optional() }).optional(),
      anything: z.json().optional(),
    },
    unique: ['slug'],
    access: (allow) => [allow.owner(), allow.group('editors').to('read', 'update')],
    fieldAccess: {
      secret: (allow) => [allow.group('admins')],
      diary: (allow) => [allow.owner()],
    },
  }),
  /** Guests read what is published; everything is found by state, size and time. */
  Post: model({
    fields: {
      title: z.string(),
      published: z.boolean().default(true),
      state: z.string().default('new'),
      size: z.number().default(0),
      noteId: z.string().optional(),
    },
    indexes: {
      byPublished: ['published', 'createdAt'],
      byState: ['state', 'size', 'createdAt'],
      byNote: ['noteId', 'createdAt'],
      bySize: ['*', 'size'],
    },
    relations: { note: belongsTo('Note', 'noteId') },
    access: (allow) => [allow.owner(), allow.anyone().to('read').when({ published: true }), allow.group('editors').to('list')],
  }),
  /** Anybody leaves one, only staff reads them. */
  Letter: model({
    fields: { text: z.string() },
    access: (allow) => [
      allow
        .anyone()
        .to('create')
        .when({ text: { ne: 'spam' } }),
      allow.group('staff'),
    ],
  }),
  /** Always changed with the version in hand. */
  Strict: model({
    fields: { text: z.string() },
    requireIfMatch: true,
    access: (allow) => [allow.signedIn()],
    relations: { posts: hasMany('Post', 'noteId') },
  }),
  /** Ends by itself. */
  Ticket: model({
    fields: { code: z.string(), ends: z.int().optional() },
    unique: ['code'],
    ttl: 'ends',
    indexes: { all: ['*', 'createdAt'] },
    access: (allow) => [allow.signedIn()],
  }),
};
