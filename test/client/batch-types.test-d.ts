import { type BatchResult, createClient, type RecordType } from '../../client/client.ts';
import type { backend } from './notes-backend.ts';

// Compiled, never run: `tsc` fails when a line with @ts-expect-error compiles, and when another one does not.

type Backend = typeof backend;
type Note = RecordType<Backend, 'Note'>;
type Author = RecordType<Backend, 'Author'>;

/** Exactly the same type, in both directions. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_same: Same<A, B>): void => undefined;

const client = createClient<Backend>({ url: 'http://127.0.0.1:1' });
const { Note: notes } = client.data;
const note = { title: 'a', slug: 'a', secret: 's', authorId: '1' };

export const operators = async (): Promise<void> => {
  await notes.update('1', { priority: { increment: 2 }, tags: { append: ['a'] }, title: 'b' });
  await notes.update('1', { tags: { prepend: ['a'] } });
  // @ts-expect-error An amount is a number.
  await notes.update('1', { priority: { increment: '2' } });
  // @ts-expect-error A list of texts.
  await notes.update('1', { tags: { append: [1] } });
  // @ts-expect-error Lists are not counted up.
  await notes.update('1', { tags: { increment: 1 } });
  // @ts-expect-error A text takes no operator.
  await notes.update('1', { title: { append: 'x' } });
  // @ts-expect-error Only a patch takes operators.
  await notes.create({ ...note, priority: { increment: 1 } });
};

export const transactions = async (): Promise<void> => {
  const [created, changed, removed, checked] = await client.transaction((tx) => [
    tx.Note.create(note),
    tx.Author.update('1', { bio: null }, { ifMatch: 3 }),
    tx.Note.delete('2'),
    tx.Note.check('3', { ifMatch: 1 }),
  ]);
  same<typeof created, Note>(true);
  same<typeof changed, { readonly id: string }>(true);
  same<typeof removed, { readonly id: string }>(true);
  same<typeof checked, { readonly id: string }>(true);
  const [author] = await client.transaction((tx) => [tx.Author.update('1', { bio: 'b' })], { returnRecords: true, idempotencyKey: true });
  same<typeof author, Author>(true);
  const many = await client.transaction((tx) => ['1', '2'].map((id) => tx.Note.update(id, { archived: true })));
  same<(typeof many)[number], { readonly id: string }>(true);
  // @ts-expect-error There is no such model.
  await client.transaction((tx) => [tx.Nte.delete('1')]);
  // @ts-expect-error There is no such field.
  await client.transaction((tx) => [tx.Note.update('1', { titel: 'a' })]);
  // @ts-expect-error `title` is required.
  await client.transaction((tx) => [tx.Note.create({ slug: 'a' })]);
};

export const batches = async (): Promise<void> => {
  const [first, second] = await client.batch.read([
    { model: 'Note', id: '1' },
    { model: 'Author', id: '2' },
  ]);
  same<typeof first, BatchResult<Note>>(true);
  same<typeof second, BatchResult<Author>>(true);
  if (first.ok) same<typeof first.record.title, string>(true);
  else same<typeof first.error.status, number>(true);
  const all = await client.batch.read(['1', '2'].map((id) => ({ model: 'Note', id }) as const));
  same<(typeof all)[number], BatchResult<Note>>(true);
  // @ts-expect-error There is no such model.
  await client.batch.read([{ model: 'Nte', id: '1' }]);
  const [written, gone] = await client.batch.write((write) => [write.Note.create(note), write.Author.delete('1')]);
  same<typeof written, BatchResult<Note>>(true);
  same<typeof gone, BatchResult<undefined>>(true);
  // @ts-expect-error A check means nothing alone.
  await client.batch.write((write) => [write.Note.check('1')]);
};
