import { z } from 'zod';
import { belongsTo, defineBackend, hasMany, model } from '../../lib/index.ts';

/** A person as others see them. Its id is chosen by the app: the id of the user. */
const Profile = model({
  fields: {
    handle: z.string().regex(/^[a-z][a-z0-9-]{2,29}$/),
    displayName: z.string().trim().min(1).max(80),
    bio: z.string().max(500).optional(),
    website: z.url().optional(),
  },
  unique: ['handle'],
  access: (allow) => [allow.owner(), allow.anyone().to('read')],
});

const Note = model({
  fields: {
    title: z.string().trim().min(1).max(200),
    body: z.string().max(20_000).optional(),
    slug: z
      .string()
      .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)
      .max(80),
    state: z.enum(['draft', 'published', 'archived']).default('draft'),
    priority: z.int().min(0).max(9).default(0),
    tags: z.array(z.string().min(1).max(30)).max(20).default([]),
    authorId: z.string().max(64).optional(),
    remindAt: z.iso.datetime({ offset: true }).optional(),
    /** What editors think of it; its author never reads it. */
    moderation: z.string().max(2_000).optional(),
  },
  unique: ['slug'],
  count: ['owner', 'state'],
  indexes: {
    byState: ['state', 'createdAt'],
    byPriority: ['state', 'priority', 'createdAt'],
    byAuthor: ['authorId', 'createdAt'],
  },
  relations: {
    author: belongsTo('Profile', 'authorId', { onDelete: 'setNull' }),
    comments: hasMany('Comment', 'noteId'),
  },
  access: (allow) => [allow.owner(), allow.group('editors').to('read', 'update'), allow.anyone().to('read').when({ state: 'published' })],
  fieldAccess: { moderation: (allow) => [allow.group('editors'), allow.group('admins')] },
});

const Comment = model({
  fields: {
    noteId: z.string().max(64),
    text: z.string().trim().min(1).max(2_000),
    hidden: z.boolean().default(false),
  },
  indexes: { byNote: ['noteId', 'createdAt'], byHidden: ['hidden', 'createdAt'] },
  relations: { note: belongsTo('Note', 'noteId', { onDelete: 'cascade' }) },
  access: (allow) => [allow.owner(), allow.group('editors'), allow.anyone().to('read').when({ hidden: false })],
  fieldAccess: { hidden: (allow) => [allow.anyone().to('read'), allow.group('editors')] },
});

export const backend = defineBackend({
  auth: { groups: ['editors'] },
  data: { models: { Profile, Note, Comment } },
});
