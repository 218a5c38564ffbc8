import { createClient, PlinthError } from '../../client/client.ts';
import type { backend } from './backend.ts';

const client = createClient<typeof backend>({ url: 'http://127.0.0.1:3000' });
await client.auth.login({ email: 'ada@example.com', password: 'local-demo-1' });

const slug = `from-the-client-${Date.now()}`;
const note = await client.data.Note.create({ title: 'From the client', slug, tags: ['sdk'] });
const published = await client.data.Note.update(note.id, { state: 'published', priority: { increment: 2 } }, { ifMatch: note.version });
console.log(`${published.title} is ${published.state} with priority ${published.priority}`);

const { items } = await client.data.Note.list({ filter: { state: 'published', priority: { gte: 1 } }, sort: '-priority', limit: 5 });
console.log(`it is listed: ${items.some(({ id }) => id === note.id)}`);

try {
  await client.transaction((tx) => [
    tx.Comment.create({ noteId: note.id, text: 'First!' }),
    tx.Note.create({ title: 'The same slug', slug }),
  ]);
} catch (error) {
  if (!(error instanceof PlinthError)) throw error;
  console.log(`neither is done: ${error.code} at ${error.errors[0]?.pointer}`);
}

await client.data.Note.delete(note.id);
