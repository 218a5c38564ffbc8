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

/** One field of each kind, and each kind of index key. */
const Sample = model({
  fields: {
    title: z.string().min(1).max(200).default('untitled'),
    slug: z.string().min(1).optional(),
    text: z.string().optional(),
    nullable: z.string().nullable().optional(),
    amount: z.number().optional(),
    hits: z.int().default(0),
    list: z.array(z.json()).optional(),
    tags: z.array(z.string()).max(20).optional(),
    meta: z.json().optional(),
    at: z.iso.datetime({ offset: true }).optional(),
    day: z.iso.date().optional(),
    mail: z.email().optional(),
    link: z.url().optional(),
    uuid: z.uuid().optional(),
    kind: z.enum(['small', 'large']).optional(),
    code: z
      .string()
      .regex(/^[a-z]+(-[a-z]+)*$/)
      .max(60_000)
      .optional(),
    part: z.string().optional(),
    label: z.string().optional(),
  },
  unique: ['slug'],
  indexes: { byPart: ['part', 'createdAt'], byLabel: ['owner', 'label'], byTime: ['owner', 'at'], byHits: ['owner', 'hits'] },
  access: (allow) => [allow.owner()],
});

/** Fields with the names that DynamoDB keeps for itself. */
const Reserved = model({
  fields: {
    status: z.string(),
    name: z.string(),
    size: z.number(),
    count: z.number().default(0),
    data: z.string().optional(),
    year: z.int().optional(),
    user: z.string().optional(),
  },
  indexes: { byStatus: ['status', 'size'] },
  access: (allow) => [allow.owner()],
});

/** Every write needs the version that it is made for. */
const Strict = model({
  fields: { title: z.string() },
  requireIfMatch: true,
  access: (allow) => [allow.owner()],
});

/** The backend that the adversarial cases speak of. */
export const casesDefinition = defineBackend({
  auth: { groups: ['editors'], accessTokenMinutes: 5 },
  data: { models: { Note, Profile, Post, Doc, Sample, Reserved, Strict } },
});
