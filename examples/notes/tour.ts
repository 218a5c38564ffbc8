import { createClient, PlinthError } from '../../client/client.ts';
import type { backend } from './backend.ts';

// Needs a running backend: npm run dev
const client = createClient<typeof backend>({ url: process.env['API_URL'] ?? 'http://127.0.0.1:3000' });

await client.auth.login({ email: 'ada@example.com', password: 'local-demo-1' });

const note = await client.data.Note.create({ title: 'From the client', slug: `from-the-client-${Date.now()}`, tags: ['sdk'] });
const published = await client.data.Note.update(note.id, { state: 'published' }, { ifMatch: note.version });
process.stdout.write(`${published.title} is ${published.state}\n`);

const page = await client.data.Note.list({ filter: { state: 'published', priority: { gte: 0 } }, sort: '-priority', limit: 5 });
process.stdout.write(`${page.items.length > 0 ? 'it can be listed' : 'nothing is listed'}\n`);

try {
  await client.data.Note.create({ title: 'The same slug', slug: note.slug });
} catch (error) {
  if (!(error instanceof PlinthError)) throw error;
  process.stdout.write(`${error.status} ${error.code}: ${error.message}\n`);
}

await client.data.Note.delete(note.id);
await client.auth.logout();
