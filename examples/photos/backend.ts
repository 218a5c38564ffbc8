import { z } from 'zod';
import { defineBackend, folder, model } from '../../lib/index.ts';

const mebibyte = 1024 * 1024;

const Album = model({
  fields: {
    title: z.string().trim().min(1).max(120),
    shared: z.boolean().default(false),
  },
  access: (allow) => [allow.owner(), allow.signedIn().to('read').when({ shared: true })],
});

/** Everybody sees them, at lasting URLs of the CDN. */
const photos = folder('photos/{owner}', {
  access: (allow) => [allow.owner(), allow.anyone().to('read')],
  types: ['image/*'],
  maxSizeBytes: 25 * mebibyte,
  variants: {
    small: { width: 320, height: 320, fit: 'cover' },
    large: { width: 1_600, format: 'avif' },
  },
});

/** Whoever may read an album may see what is in it; whoever may change it may add to it. */
const albums = folder('albums/{Album}', {
  access: (allow) => [allow.record()],
  types: ['image/*', 'video/mp4', 'video/webm'],
  maxSizeBytes: 2_048 * mebibyte,
});

/** Only their owner can have them. */
const documents = folder('documents/{owner}', {
  access: (allow) => [allow.owner()],
  types: ['application/pdf', 'text/plain'],
});

export const backend = defineBackend({
  auth: { groups: ['editors'] },
  data: { models: { Album } },
  files: { folders: { photos, albums, documents }, quotaBytes: 5_120 * mebibyte },
  push: {
    apns: { secretName: 'photos/apns', bundleId: 'com.example.photos' },
    fcm: { secretName: 'photos/fcm' },
    web: { subject: 'mailto:photos@example.com' },
    topics: {
      announcements: { access: (allow) => [allow.signedIn().to('subscribe'), allow.group('editors')] },
    },
    locales: ['en', 'de'],
    templates: {
      newPhoto: {
        title: { en: '{{name}} has a new photo', de: '{{name}} hat ein neues Foto' },
        body: { en: 'Have a look at “{{photo}}”.', de: 'Schau dir „{{photo}}“ an.' },
      },
    },
    categories: ['social'],
  },
});
