import { z } from 'zod';
import { defineBackend } from '../../contracts/backend.ts';
import { belongsTo, hasMany, manyToMany, model } from '../../contracts/model.ts';

/** What others belong to. Published notes are for everybody. */
const Note = model({
  fields: {
    title: z.string().min(1),
    slug: z.string().optional(),
    state: z.enum(['draft', 'published']).default('draft'),
    size: z.int().default(0),
  },
  unique: ['slug'],
  count: ['*', 'owner', 'state'],
  indexes: { byState: ['state', 'createdAt'], bySize: ['*', 'size'] },
  relations: { comments: hasMany('Comment', 'noteId'), tags: manyToMany('Tag', { through: 'NoteTag' }) },
  access: (allow) => [allow.owner(), allow.group('editors'), allow.anyone().to('read').when({ state: 'published' })],
});

/** Goes with its note. Its answers go with it. */
const Comment = model({
  fields: { noteId: z.string(), authorId: z.string().optional(), text: z.string(), key: z.string().optional() },
  unique: ['key'],
  count: ['owner'],
  indexes: { byNote: ['noteId', 'createdAt'], byAuthor: ['authorId'] },
  relations: {
    note: belongsTo('Note', 'noteId', { onDelete: 'cascade' }),
    author: belongsTo('Author', 'authorId', { onDelete: 'setNull' }),
    answers: hasMany('Answer', 'commentId'),
  },
  access: (allow) => [allow.owner(), allow.group('editors'), allow.signedIn().to('read')],
});

const Answer = model({
  fields: { commentId: z.string(), text: z.string() },
  indexes: { byComment: ['commentId', 'createdAt'] },
  relations: { comment: belongsTo('Comment', 'commentId', { onDelete: 'cascade' }) },
  access: (allow) => [allow.signedIn()],
});

/** Cannot go while somebody writes for it. */
const Author = model({
  fields: { name: z.string(), profileId: z.string().optional() },
  indexes: { byProfile: ['profileId'] },
  relations: { profile: belongsTo('Profile', 'profileId', { onDelete: 'restrict' }), comments: hasMany('Comment', 'authorId') },
  access: (allow) => [allow.owner(), allow.signedIn().to('read')],
});

/** Private. */
const Profile = model({ fields: { phone: z.string() }, access: (allow) => [allow.owner()] });

const Tag = model({
  fields: { name: z.string(), hidden: z.boolean().default(false) },
  access: (allow) => [allow.owner(), allow.anyone().to('read').when({ hidden: false })],
});

const NoteTag = model({
  fields: { noteId: z.string(), tagId: z.string() },
  indexes: { byNote: ['noteId', 'createdAt'], byTag: ['tagId', 'createdAt'] },
  relations: {
    note: belongsTo('Note', 'noteId', { onDelete: 'cascade' }),
    tag: belongsTo('Tag', 'tagId', { onDelete: 'cascade' }),
  },
  access: (allow) => [allow.owner(), allow.anyone().to('read')],
});

/** The backend of the tests of counters, relations and deletes. */
export const relationsDefinition = defineBackend({
  auth: { groups: ['editors'] },
  data: { models: { Note, Comment, Answer, Author, Profile, Tag, NoteTag } },
});
