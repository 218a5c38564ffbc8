import { z } from 'zod';
import { defineBackend } from '../../contracts/backend.ts';
import { belongsTo, hasMany, model } from '../../contracts/model.ts';

const Author = model({
  fields: { name: z.string(), handle: z.string(), bio: z.string().optional() },
  unique: ['handle'],
  relations: { notes: hasMany('Note', 'authorId') },
  access: (allow) => [allow.anyone().to('read'), allow.owner()],
});

const Note = model({
  fields: {
    title: z.string().min(1),
    body: z.string().optional(),
    slug: z.string(),
    priority: z.int().default(0),
    archived: z.boolean().default(false),
    status: z.enum(['open', 'done']).default('open'),
    tags: z.array(z.string()).default([]),
    meta: z.record(z.string(), z.string()).optional(),
    extra: z.json().optional(),
    secret: z.string(),
    authorId: z.string(),
  },
  unique: ['slug'],
  indexes: { byAuthor: ['authorId', 'createdAt'] },
  relations: { author: belongsTo('Author', 'authorId') },
  access: (allow) => [allow.owner()],
  fieldAccess: { secret: (allow) => [allow.group('admins')] },
});

/** A definition with each kind of field, rule and relation that the client's types know of. */
export const backend = defineBackend({ auth: { groups: ['editors'] }, data: { models: { Author, Note } } });
