import { setTimeout as pause } from 'node:timers/promises';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { accountRoutes } from '../../contracts/auth.ts';
import type { UploadReply } from '../../contracts/files.ts';
import { type LocalBackend, startLocal } from '../../local/local-backend.ts';
import { newPerson, type Person } from '../data/relations-backend.ts';
import { until } from '../events/events-backend.ts';
import { sendForm } from '../files/files-backend.ts';
import { cachedAssembly } from '../support/cached-assembly.ts';
import { callApi } from '../support/call-api.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
type Body = any;

let local: LocalBackend;

beforeAll(async () => {
  local = await startLocal({ assembly: cachedAssembly({ app: 'test/deleted-users/deleted-users-app.ts' }) });
});
afterAll(() => local?.dispose());

const call = (who: Person, method: string, path: string, body?: object, headers = {}) =>
  callApi(local.apiUrl, { method, path, token: who.token, headers, ...(body && { body }) });
const done = async (who: Person, method: string, path: string, body?: object): Promise<Body> => {
  const answer = await call(who, method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
  return answer.json;
};
const person = (...groups: readonly string[]) => newPerson(local, groups);
const deleteMe = (who: Person, password = 'correct-horse-1') => call(who, 'DELETE', accountRoutes.deleteMe.path, { password });

/** All that the tables whose names hold a word hold. */
const stored = async (table: string): Promise<readonly Body[]> => {
  const { dynamodb } = (await local.dump()) as Body;
  const tables = Object.entries<readonly Body[]>(dynamodb).filter(([name]) => name.includes(table));
  return tables.flatMap(([, items]) => items.map((item) => unmarshall(item)));
};
const ownedBy = async ({ id }: Person, table: string) => (await stored(table)).filter(({ owner }) => owner === id);
const usageOf = async ({ id }: Person): Promise<number | undefined> =>
  (await stored('FilesTable')).find((item) => item.id === `U#${id}`)?.usedBytes;
const consentOf = async ({ id }: Person) => (await stored('Consents')).filter((item) => Object.values(item).includes(id));
const objects = async (): Promise<string> => JSON.stringify(((await local.dump()) as Body).s3);

const upload = async (who: Person, folder: string, text: string, sends = true): Promise<string> => {
  const body = { name: 'a.txt', type: 'text/plain', sizeBytes: text.length };
  const { file, upload: ticket }: UploadReply = await done(who, 'POST', `/files/${folder}`, body);
  if (!sends) return file.id;
  await sendForm(ticket, Buffer.from(text));
  const status = async () => (await done(who, 'GET', `/files/${folder}/${file.id}`)).status;
  await until(status, (seen) => seen === 'ready');
  return file.id;
};

/** Something of everything. */
const settle = async (who: Person) => {
  const note = await done(who, 'POST', '/data/Note', { title: 'a', slug: `slug-${who.id}` });
  await done(who, 'POST', '/data/Note', { title: 'b' });
  await done(who, 'POST', '/data/Comment', { noteId: note.id, text: 'mine' });
  const order = await done(who, 'POST', '/data/Order', { total: 5 });
  const letter = await upload(who, 'letters', 'dear');
  const bill = await upload(who, 'bills', 'five');
  await done(who, 'PUT', '/analytics/consent', { consent: true });
  return { note, order, letter, bill };
};
const everything = async (who: Person) => ({
  notes: await ownedBy(who, 'NoteTable'),
  comments: await ownedBy(who, 'CommentTable'),
  orders: await ownedBy(who, 'OrderTable'),
  files: await ownedBy(who, 'FilesTable'),
  usage: await usageOf(who),
  consent: await consentOf(who),
});

const gone = (who: Person, table: string) =>
  until(
    () => ownedBy(who, table),
    (items) => items.length === 0,
  );

describe('What is left of a deleted user', () => {
  it('is everything where the deletion was refused', async () => {
    const ada = await person();
    await settle(ada);
    const before = await everything(ada);
    expect((await deleteMe(ada, 'wrong-horse-1')).status).toBe(401);
    await pause(500);
    expect(await everything(ada)).toEqual(before);
  });

  it('is what the models and folders keep, and others keep all', async () => {
    const [ada, ben] = [await person(), await person()];
    const own = await settle(ada);
    await settle(ben);
    await done(ben, 'POST', '/data/Like', { noteId: own.note.id });
    await upload(ada, 'bills', 'never sent', false);
    const before = await everything(ben);
    expect(await objects()).toContain(own.letter);
    expect((await deleteMe(ada)).status).toBe(204);
    for (const table of ['NoteTable', 'CommentTable']) await gone(ada, table);
    await until(
      () => ownedBy(ada, 'FilesTable'),
      (files) => files.length === 1,
    );
    await until(
      () => consentOf(ada),
      (items) => items.length === 0,
    );
    const left = await everything(ada);
    expect(left.orders).toHaveLength(1);
    expect(left.files).toMatchObject([{ id: own.bill, folder: 'bills', status: 'ready' }]);
    expect(left.usage).toBe('five'.length);
    expect(await everything(ben)).toEqual(before);
    await until(objects, (text) => !text.includes(own.letter));
    expect(await objects()).toContain(own.bill);
  });

  it('is no unique value, no counter and no record that depended on those deleted', async () => {
    const [ada, ben] = [await person(), await person()];
    const own = await settle(ada);
    await done(ben, 'POST', '/data/Like', { noteId: own.note.id });
    await deleteMe(ada);
    await gone(ada, 'NoteTable');
    await gone(ben, 'LikeTable');
    await until(
      () => stored('Constraints'),
      (items) => !JSON.stringify(items).includes(ada.id) && !JSON.stringify(items).includes(own.note.id),
    );
    expect((await done(ben, 'POST', '/data/Note', { title: 'c', slug: `slug-${ada.id}` })).slug).toBe(`slug-${ada.id}`);
  });

  it('is a record that others refer to, until they let go of it', async () => {
    const [ada, ben] = [await person(), await person()];
    const own = await settle(ada);
    const comment = await done(ben, 'POST', '/data/Comment', { noteId: own.note.id, text: 'yours' });
    await deleteMe(ada);
    await gone(ada, 'CommentTable');
    await until(
      () => ownedBy(ada, 'NoteTable'),
      (notes) => notes.length === 1,
    );
    await done(ben, 'DELETE', `/data/Comment/${comment.id}`);
    // The next attempt.
    local.clock.advance(400_000);
    await gone(ada, 'NoteTable');
  });

  it('is nothing of what an access token has made that was still good', async () => {
    const ada = await person();
    await settle(ada);
    await deleteMe(ada);
    await gone(ada, 'NoteTable');
    await until(
      () => consentOf(ada),
      (items) => items.length === 0,
    );
    await done(ada, 'POST', '/data/Note', { title: 'late' });
    await done(ada, 'PUT', '/analytics/consent', { consent: true });
    await upload(ada, 'letters', 'late');
    await pause(300);
    expect(await ownedBy(ada, 'NoteTable')).toHaveLength(1);
    local.clock.advance(901_000);
    await gone(ada, 'NoteTable');
    await until(
      () => everything(ada),
      ({ files, consent, usage }) => files.length === 1 && consent.length === 0 && usage === 'five'.length,
    );
  });

  it('goes with more records and files than one page holds', async () => {
    const ada = await person();
    const notes = Array.from({ length: 120 }, (_, index) => ({ title: `${index}` }));
    for (let start = 0; start < notes.length; start += 20)
      await Promise.all(notes.slice(start, start + 20).map((note) => done(ada, 'POST', '/data/Note', note)));
    for (let start = 0; start < 110; start += 10) await Promise.all(Array.from({ length: 10 }, () => upload(ada, 'letters', 'x', false)));
    await upload(ada, 'letters', 'kept');
    await deleteMe(ada);
    await gone(ada, 'NoteTable');
    await gone(ada, 'FilesTable');
    await until(
      () => usageOf(ada),
      (bytes) => bytes === undefined,
    );
  });
});
