import { z } from 'zod';
import { defineBackend } from '../../contracts/backend.ts';
import { belongsTo, hasMany, model } from '../../contracts/model.ts';

/** A record of its owner: no other user may read it, but admins may. */
const Note = model({
  fields: {
    title: z.string().min(1).max(200),
    body: z.string().max(20_000).optional(),
    slug: z.string().min(1).max(3_000),
    priority: z.int().default(0),
    tags: z.array(z.string()).max(20).default([]),
    meta: z.record(z.string(), z.json()).optional(),
    secret: z.string().optional(),
    secretObj: z.object({ apiKey: z.string() }).optional(),
    labels: z.array(z.string()).optional(),
    profileId: z.string().optional(),
  },
  unique: ['slug'],
  indexes: { byPriority: ['priority', 'createdAt'], byProfile: ['profileId', 'createdAt'] },
  relations: { profile: belongsTo('Profile', 'profileId') },
  access: (allow) => [allow.owner(), allow.group('admins').to('read', 'update')],
  fieldAccess: {
    secret: (allow) => [allow.group('admins')],
    secretObj: (allow) => [allow.group('admins')],
    labels: (allow) => [allow.signedIn().to('read'), allow.group('admins')],
  },
});

/** What a note may point at. Private, too. */
const Profile = model({
  fields: { nickname: z.string().min(1), phone: z.string() },
  relations: { notes: hasMany('Note', 'profileId') },
  access: (allow) => [allow.owner()],
});

/** Guests read, the owner writes. */
const Post = model({
  fields: { title: z.string().min(1).max(200), slug: z.string().min(1) },
  unique: ['slug'],
  indexes: { all: ['*', 'createdAt'] },
  access: (allow) => [allow.owner(), allow.anyone().to('read')],
});

/** For members of a group only. */
const Doc = model({
  fields: { title: z.string().min(1).max(200) },
  indexes: { all: ['*', 'createdAt'] },
  access: (allow) => [allow.group('editors')],
});

/** The backend that the adversarial cases speak of. */
export const casesDefinition = defineBackend({
  auth: { groups: ['editors'], accessTokenMinutes: 5 },
  data: { models: { Note, Profile, Post, Doc } },
});
