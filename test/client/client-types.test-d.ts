import { createClient, type NewRecord, type RecordType } from '../../client/client.ts';
import { defineBackend } from '../../contracts/backend.ts';
import type { backend } from './notes-backend.ts';

// Compiled, never run: `tsc` fails when a line with @ts-expect-error compiles, and when another one does not.

type Backend = typeof backend;

/** Exactly the same type, in both directions. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_same: Same<A, B>): void => undefined;

const client = createClient<Backend>({ url: 'http://127.0.0.1:1' });
const { Note: notes, Author: authors } = client.data;

export const models = async (): Promise<void> => {
  same<keyof typeof client.data, 'Author' | 'Note'>(true);
  // @ts-expect-error There is no such model.
  await client.data.Nte.list();
};

export const records = async (): Promise<void> => {
  const note = await notes.read('1');
  same<typeof note.title, string>(true);
  same<typeof note.body, string | undefined>(true);
  same<typeof note.status, 'open' | 'done'>(true);
  same<typeof note.version, number>(true);
  same<typeof note.tags, string[]>(true);
  // A field with rules of its own may be missing.
  same<typeof note.secret, string | undefined>(true);
  same<RecordType<Backend, 'Note'>['title'], string>(true);
  // @ts-expect-error There is no such field.
  note.titel;
  // @ts-expect-error Nothing was expanded.
  note.expanded;
};

export const writes = async (): Promise<void> => {
  const input: NewRecord<Backend, 'Note'> = { title: 'a', slug: 'a', secret: 's', authorId: '1' };
  await notes.create(input, { idempotencyKey: true });
  await notes.create({ ...input, id: 'my-id', status: 'done' });
  // @ts-expect-error `title` is required.
  await notes.create({ slug: 'a', secret: 's', authorId: '1' });
  // @ts-expect-error The server sets the owner.
  await notes.create({ ...input, owner: 'me' });
  // @ts-expect-error Not one of the values.
  await notes.create({ ...input, status: 'closed' });
  await notes.update('1', { body: null, archived: true }, { ifMatch: 3 });
  // @ts-expect-error A number is expected.
  await notes.update('1', { priority: '1' });
  // @ts-expect-error There is no such field.
  await notes.update('1', { titel: 'a' });
  await notes.replace('1', { title: 'a', slug: 'a', secret: 's', authorId: '1' });
  // @ts-expect-error A replacement needs all fields that a creation needs.
  await notes.replace('1', { title: 'a' });
  const gone = await notes.delete('1');
  same<typeof gone, void>(true);
};

export const filters = async (): Promise<void> => {
  await notes.list({ filter: { title: { beginsWith: 'a' }, archived: false, priority: { between: [1, 5] }, createdAt: { gt: '2026' } } });
  await notes.list({ filter: { or: [{ status: 'open' }, { not: { tags: { contains: 'x' } } }], body: { exists: false } } });
  await notes.count({ filter: { status: { in: ['open', 'done'] }, extra: { gt: 5 } } });
  // @ts-expect-error There is no such field.
  await notes.list({ filter: { titel: 'a' } });
  // @ts-expect-error A boolean has no order.
  await notes.list({ filter: { archived: { gt: false } } });
  // @ts-expect-error A number has no beginning.
  await notes.list({ filter: { priority: { beginsWith: '1' } } });
  // @ts-expect-error A list is not equal to a text.
  await notes.list({ filter: { tags: 'x' } });
  // @ts-expect-error An object has no comparisons.
  await notes.list({ filter: { meta: { eq: 'x' } } });
  // @ts-expect-error Not one of the values.
  await notes.list({ filter: { or: [{ status: 'closed' }] } });
};

export const lists = async (): Promise<void> => {
  await notes.list({ sort: '-priority', limit: 5, cursor: undefined });
  // @ts-expect-error There is no such field.
  await notes.list({ sort: '-titel' });
  // @ts-expect-error A list has no order.
  await notes.list({ sort: 'tags' });
  // @ts-expect-error No such option: a typo does not go unseen.
  await notes.list({ filtr: { title: 'a' } });

  const { items, cursor } = await notes.list({ fields: ['title', 'secret'] });
  same<(typeof items)[number], { readonly id: string; title: string; secret?: string | undefined }>(true);
  same<typeof cursor, string | undefined>(true);
  // @ts-expect-error It was not asked for.
  items[0]?.body;
  // @ts-expect-error There is no such field.
  await notes.list({ fields: ['titel'] });

  for await (const note of notes.all({ fields: ['title'] }, { signal: new AbortController().signal })) {
    same<typeof note.title, string>(true);
  }
};

export const relations = async (): Promise<void> => {
  const note = await notes.read('1', { expand: ['author'] });
  same<typeof note.expanded.author, RecordType<Backend, 'Author'> | null>(true);
  same<typeof note.title, string>(true);
  const author = await authors.read('1', { expand: ['notes'], fields: ['name'] });
  same<NonNullable<typeof author.expanded.notes>['items'][number], RecordType<Backend, 'Note'>>(true);
  same<NonNullable<typeof author.expanded.notes>['cursor'], string | undefined>(true);
  // @ts-expect-error It was not asked for.
  author.bio;
  // @ts-expect-error There is no such relation.
  await notes.read('1', { expand: ['writer'] });
  const { items } = await authors.list({ expand: ['notes.author'] });
  type Listed = NonNullable<(typeof items)[number]['expanded']['notes']>['items'][number];
  same<Listed['expanded']['author'], RecordType<Backend, 'Author'> | null>(true);
  same<Listed['title'], string>(true);
  const both = await notes.read('1', { expand: ['author', 'author.notes'] });
  same<NonNullable<NonNullable<typeof both.expanded.author>['expanded']['notes']>['items'][number], RecordType<Backend, 'Note'>>(true);
  // @ts-expect-error The authors of the notes were not asked for.
  both.expanded.author?.expanded.notes?.items[0]?.expanded;
  // @ts-expect-error There is no such relation of the author.
  await notes.read('1', { expand: ['author.writer'] });
  // @ts-expect-error Two relations follow one another, not three.
  await notes.read('1', { expand: ['author.notes.author'] });
};

export const lookUps = async (): Promise<void> => {
  const note = await notes.lookUp('slug', 'a');
  same<typeof note.title, string>(true);
  // @ts-expect-error The title is not unique.
  await notes.lookUp('title', 'a');
  // @ts-expect-error The slug is a text.
  await notes.lookUp('slug', 1);
};

export const accounts = async (): Promise<void> => {
  const reply = await client.auth.login({ email: 'a@example.com', password: 'p' });
  if ('challenge' in reply) {
    same<typeof reply.challenge, 'authenticator_code' | 'new_password'>(true);
    await client.auth.answerChallenge({ email: 'a@example.com', session: reply.session, code: '123456' });
  } else same<typeof reply.accessToken, string>(true);
  // @ts-expect-error The password is missing.
  await client.auth.login({ email: 'a@example.com' });
  await client.auth.updateMe({ name: null });
  await client.admin.users.setGroups('1', ['editors', 'admins']);
  // @ts-expect-error There is no such group.
  await client.admin.users.setGroups('1', ['editor']);
  await client.admin.users.invite({ email: 'a@example.com', groups: ['editors'] });
};

const bare = defineBackend({});
export const withoutModels = (): void => {
  same<keyof ReturnType<typeof createClient<typeof bare>>['data'], never>(true);
};
