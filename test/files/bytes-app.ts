import { App, Stack } from 'aws-cdk-lib';
import { z } from 'zod';
import cdk from '../../cdk.json' with { type: 'json' };
import { Backend, defineBackend, folder, model } from '../../lib/index.ts';

/** The app behind the tests of what happens to bytes: public and private folders, with and without variants. */
const Note = model({ fields: { title: z.string() }, access: (allow) => [allow.owner()] });

const definition = defineBackend({
  data: { models: { Note } },
  files: {
    quotaBytes: 20 * 1024 * 1024,
    folders: {
      avatars: folder('avatars/{owner}', {
        access: (allow) => [allow.owner(), allow.anyone().to('read')],
        types: ['image/*'],
        variants: { small: { width: 64, height: 64, fit: 'cover' }, wide: { width: 200, format: 'avif' } },
      }),
      photos: folder('photos/{owner}', {
        access: (allow) => [allow.owner()],
        types: ['image/*', 'text/plain', 'application/octet-stream'],
        variants: { thumb: { width: 100, format: 'jpeg' } },
      }),
      papers: folder('papers/{Note}', { access: (allow) => [allow.record()], types: ['application/pdf', 'text/*', 'image/svg+xml'] }),
    },
  },
});

const app = new App({ context: cdk.context });
new Backend(new Stack(app, 'Bytes'), 'Backend', definition, { corsOrigins: ['https://app.example.com'] });
app.synth();
