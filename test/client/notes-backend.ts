import { z } from 'zod';
import { defineBackend } from '../../contracts/backend.ts';
import { folder } from '../../contracts/folder.ts';
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

/** A definition with each kind of field, rule, relation, folder and topic that the client's types know of. */
export const backend = defineBackend({
  auth: { groups: ['editors'] },
  data: { models: { Author, Note } },
  files: {
    folders: {
      videos: folder('videos/{owner}', {
        access: (allow) => [allow.owner(), allow.anyone().to('read')],
        types: ['video/*'],
        variants: { small: { width: 64 }, large: { width: 640, format: 'avif' } },
      }),
      attachments: folder('notes/{Note}', { access: (allow) => [allow.record()], types: ['application/pdf'] }),
      press: folder('press', { access: (allow) => [allow.group('editors')], types: ['image/*'] }),
    },
  },
  push: {
    web: { subject: 'mailto:ann@example.com' },
    topics: { news: { access: (allow) => [allow.signedIn().to('subscribe')] }, alerts: { access: (allow) => [allow.group('editors')] } },
    templates: { hello: { title: { en: 'Hello {{name}}' }, body: { en: 'Nice to see you.' } } },
    categories: ['social', 'billing'],
  },
});
