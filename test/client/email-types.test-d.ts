import { z } from 'zod';
import { createClient } from '../../client/client.ts';
import { defineBackend } from '../../contracts/backend.ts';

// Compiled, never run: `tsc` fails when a line with @ts-expect-error compiles, and when another one does not.

const backend = defineBackend({
  integrations: {
    email: {
      from: 'hello@example.com',
      templates: {
        receipt: { subject: 'Order {{number}}', html: '<p>{{number}}</p>', values: z.object({ number: z.string() }) },
        bye: { subject: 'Bye', html: '<p>Bye</p>' },
      },
    },
  },
});

const { email } = createClient<typeof backend>({ url: 'http://127.0.0.1:1' }).admin;
const to = [{ address: 'ann@example.org' }, { userId: '1' }];

export const emails = async (): Promise<void> => {
  await email.send({ to, template: { name: 'receipt', values: { number: '1' } }, locale: 'en' }, { idempotencyKey: true });
  await email.send({ to, template: { name: 'bye' } });
  await email.send({ to, subject: 'Hello', html: '<p>Hi</p>' });
  // @ts-expect-error There is no such template.
  await email.send({ to, template: { name: 'other' } });
  // @ts-expect-error The template has values.
  await email.send({ to, template: { name: 'receipt' } });
  // @ts-expect-error The value is a text.
  await email.send({ to, template: { name: 'receipt', values: { number: 1 } } });
  // @ts-expect-error The template has no values.
  await email.send({ to, template: { name: 'bye', values: { number: '1' } } });
  // @ts-expect-error A template has a subject of its own.
  await email.send({ to, template: { name: 'bye' }, subject: 'Hello' });
};

const { email: any } = createClient({ url: 'http://127.0.0.1:1' }).admin;

export const anyEmails = async (): Promise<void> => {
  await any.send({ to, template: { name: 'other', values: { number: 1 } } });
};
