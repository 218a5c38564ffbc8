import { z } from 'zod';
import { defineBackend } from '../../contracts/backend.ts';
import { folder } from '../../contracts/folder.ts';
import { model } from '../../contracts/model.ts';

const mebibyte = 1024 ** 2;

/** Its owner's; everybody reads what is shared; editors read and change all. What has ended is gone. */
const Note = model({
  fields: {
    title: z.string(),
    shared: z.boolean().default(false),
    endsAt: z.iso.datetime().optional(),
  },
  ttl: 'endsAt',
  access: (allow) => [allow.owner(), allow.group('editors').to('read', 'update'), allow.anyone().to('read').when({ shared: true })],
});

/** A folder of each kind of rule. */
export const filesDefinition = defineBackend({
  auth: { groups: ['editors'] },
  data: { models: { Note } },
  files: {
    quotaBytes: 50 * mebibyte,
    linkSeconds: { default: 300, max: 600 },
    folders: {
      /** The owner's alone. */
      papers: folder('papers/{owner}', {
        access: (allow) => [allow.owner()],
        types: ['application/pdf', 'text/plain', 'image/*'],
        maxSizeBytes: 5 * mebibyte,
      }),
      /** Guests read. */
      avatars: folder('avatars/{owner}', {
        access: (allow) => [allow.owner(), allow.anyone().to('read')],
        types: ['image/*', 'text/plain'],
        variants: { small: { width: 64, height: 64, fit: 'cover' }, wide: { width: 640 } },
      }),
      /** Members of a group do all; who has logged in reads. */
      team: folder('team', {
        access: (allow) => [allow.group('editors'), allow.signedIn().to('read'), allow.group('admins').to('read', 'delete')],
        types: ['image/*', 'text/plain'],
        variants: { small: { width: 64 } },
      }),
      /** Goes by the note. */
      attachments: folder('notes/{Note}', { access: (allow) => [allow.record()], types: ['text/plain', 'image/*'] }),
      /** Who uploads may not look at it again. */
      drops: folder('drops/{owner}', {
        access: (allow) => [allow.owner().to('create'), allow.group('admins')],
        types: ['text/plain', 'application/octet-stream'],
        maxSizeBytes: 100 * mebibyte,
      }),
      /** Takes what runs in browsers. */
      pages: folder('pages/{owner}', { access: (allow) => [allow.owner()], types: ['text/html', 'image/svg+xml'] }),
      /** Nobody's. */
      closed: folder('closed', { access: () => [], types: ['image/*'] }),
    },
  },
});
