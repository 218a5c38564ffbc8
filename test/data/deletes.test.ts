import { type Person, RelationsBackend } from './relations-backend.ts';

let backend: RelationsBackend;
let anna: Person;
let ben: Person;
beforeAll(async () => {
  backend = await RelationsBackend.start();
  [anna, ben] = await Promise.all([backend.person(), backend.person()]);
});
afterAll(() => backend.stop());

const state = async () => ({
  notes: await backend.items('Note'),
  comments: await backend.items('Comment'),
  authors: await backend.items('Author'),
  constraints: await backend.items('Constraints'),
});
const unfinished = async (): Promise<number> => (await backend.items('Constraints')).filter(({ pk }) => String(pk).startsWith('D#')).length;
const until = async (holds: () => Promise<boolean>): Promise<void> => {
  for (let left = 600; !(await holds()); left -= 1) {
    if (left === 0) throw new Error('it did not come to be');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

describe('restrict', () => {
  it('refuses the delete of a record to which others refer, and changes nothing', async () => {
    const profile = await backend.create(anna, 'Profile', { phone: '1' });
    const author = await backend.create(anna, 'Author', { name: 'a', profileId: profile });
    const before = await state();
    expect(await backend.delete(anna, `Profile/${profile}`)).toMatchObject({ status: 409, json: { code: 'still_referenced' } });
    // Whoever may not read the record does not learn that it is referred to.
    expect((await backend.delete(ben, `Profile/${profile}`)).status).toBe(404);
    expect(await state()).toEqual(before);
    expect((await backend.patch(anna, `Author/${author}`, { profileId: null })).status).toBe(200);
    expect((await backend.delete(anna, `Profile/${profile}`)).status).toBe(204);
    expect((await backend.patch(anna, `Author/${author}`, { profileId: profile })).status).toBe(400);
  });

  it('counts references of before there were counters', async () => {
    const profileId = await backend.create(anna, 'Profile', { phone: '1' });
    await backend.put('Author', { id: 'old', owner: anna.id, version: 1, createdAt: '2020-01-01T00:00:00.000Z', name: 'a', profileId });
    expect(await backend.delete(anna, `Profile/${profileId}`)).toMatchObject({ status: 409, json: { code: 'still_referenced' } });
    expect((await backend.delete(anna, 'Author/old')).status).toBe(204);
    expect((await backend.delete(anna, `Profile/${profileId}`)).status).toBe(204);
  });

  it('lets no reference slip through that comes at the same time', async () => {
    const rounds = Array.from({ length: 15 }, async () => {
      const profileId = await backend.create(anna, 'Profile', { phone: '1' });
      const [created, deleted] = await Promise.all([
        backend.post(anna, 'Author', { name: 'a', profileId }),
        backend.delete(anna, `Profile/${profileId}`),
      ]);
      return { profileId, created: created.status, deleted: deleted.status };
    });
    const outcomes = await Promise.all(rounds);
    const profiles = new Set((await backend.items('Profile')).map(({ id }) => id));
    for (const { profileId, created, deleted } of outcomes) {
      expect([
        [201, 409],
        [400, 204],
      ]).toContainEqual([created, deleted]);
      expect(profiles.has(profileId)).toBe(created === 201);
    }
    for (const { profileId } of await backend.items('Author')) if (profileId !== undefined) expect(profiles.has(profileId)).toBe(true);
  });
});

describe('cascade and setNull', () => {
  it('deletes what belongs to a record, and what belongs to that, with unique values and counters', async () => {
    const noteId = await backend.create(anna, 'Note', { title: 'a', slug: 'gone' });
    const comment = await backend.create(ben, 'Comment', {
      noteId: await backend.create(ben, 'Note', { title: 'other' }),
      text: 'stays',
      key: 'stays',
    });
    const kept = await state();
    await backend.patch(anna, `Note/${noteId}`, { state: 'published' });
    for (let index = 0; index < 3; index += 1) {
      const commentId = await backend.create(ben, 'Comment', { noteId, text: 'c', key: `key-${index}` });
      await backend.create(anna, 'Answer', { commentId, text: 'x' });
    }
    expect((await backend.delete(anna, `Note/${noteId}`)).status).toBe(204);
    expect((await backend.items('Comment')).map(({ id }) => id)).toEqual([comment]);
    expect(await backend.items('Answer')).toEqual([]);
    const left = (await backend.items('Constraints')).map(({ pk }) => pk).filter((pk) => /key-|gone|^D#|noteId/.test(String(pk)));
    expect(left).toEqual([expect.stringMatching(/^C#Comment#noteId#/)]);
    expect((await backend.counters())[`C#Comment#owner#=${ben.id}`]).toBe(1);
    expect((await state()).comments).toEqual(kept.comments);
  });

  it('removes the field that points at a deleted record', async () => {
    const author = await backend.create(anna, 'Author', { name: 'a' });
    const noteId = await backend.create(anna, 'Note', { title: 'a' });
    const comment = await backend.create(anna, 'Comment', { noteId, authorId: author, text: 'c' });
    expect((await backend.delete(anna, `Author/${author}`)).status).toBe(204);
    const { json } = await backend.get(anna, `Comment/${comment}`, { consistent: true });
    expect(json).toMatchObject({ version: 2, text: 'c', noteId });
    expect(json).not.toHaveProperty('authorId');
    expect(await unfinished()).toBe(0);
  });

  it('keeps a new record of the id apart from what belonged to the old one', async () => {
    const id = 'again';
    await backend.create(anna, 'Note', { id, title: 'old' });
    await backend.create(anna, 'Comment', { noteId: id, text: 'old' });
    const [deleted, created] = await Promise.all([backend.delete(anna, `Note/${id}`), backend.post(anna, 'Note', { id, title: 'new' })]);
    expect(deleted.status).toBe(204);
    expect([201, 409]).toContain(created.status);
    await until(async () => (await unfinished()) === 0);
    if (created.status === 409) await backend.create(anna, 'Note', { id, title: 'new' });
    const comment = await backend.create(anna, 'Comment', { noteId: id, text: 'new' });
    expect((await backend.items('Comment')).filter(({ noteId }) => noteId === id).map((item) => item['id'])).toEqual([comment]);
  });

  it('finishes in the background what is too much for one request', async () => {
    const noteId = await backend.create(anna, 'Note', { title: 'many' });
    const authorId = await backend.create(anna, 'Author', { name: 'a' });
    for (let batch = 0; batch < 13; batch += 1) {
      await Promise.all(Array.from({ length: 10 }, () => backend.create(anna, 'Comment', { noteId, authorId, text: 'c' })));
    }
    expect((await backend.delete(anna, `Author/${authorId}`)).status).toBe(204);
    await until(async () => (await unfinished()) === 0);
    expect((await backend.items('Comment')).filter((item) => item['authorId'] === authorId)).toEqual([]);
    expect((await backend.items('Comment')).filter((item) => item['noteId'] === noteId)).toHaveLength(130);
    expect((await backend.delete(anna, `Note/${noteId}`)).status).toBe(204);
    await until(async () => (await unfinished()) === 0);
    expect((await backend.items('Comment')).filter((item) => item['noteId'] === noteId)).toEqual([]);
    expect((await backend.counters())[`C#Comment#noteId#=${noteId}`]).toBeUndefined();
  });

  it('waits for records that only the counter knows, but not for ever', async () => {
    const noteId = await backend.create(anna, 'Note', { title: 'a' });
    await backend.put('Constraints', { pk: `C#Comment#noteId#=${noteId}`, n: 1 });
    expect((await backend.delete(anna, `Note/${noteId}`)).status).toBe(204);
    expect(await unfinished()).toBe(1);
    backend.local.clock.advance(6 * 60_000);
    await until(async () => (await unfinished()) === 0);
    expect((await backend.counters())[`C#Comment#noteId#=${noteId}`]).toBeUndefined();
    // The tokens are of another time now.
    [anna, ben] = await Promise.all([backend.person(), backend.person()]);
  });

  it('lets no comment slip through that comes while its note is deleted', async () => {
    const noteId = await backend.create(anna, 'Note', { title: 'a' });
    const answers = await Promise.all([
      ...Array.from({ length: 10 }, () => backend.post(anna, 'Comment', { noteId, text: 'c' })),
      backend.delete(anna, `Note/${noteId}`),
      ...Array.from({ length: 10 }, () => backend.post(anna, 'Comment', { noteId, text: 'c' })),
    ]);
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => ![201, 204, 400, 409].includes(status))).toEqual([]);
    await until(async () => (await unfinished()) === 0);
    const gone = (await backend.get(anna, `Note/${noteId}`, { consistent: true })).status === 404;
    if (gone) expect((await backend.items('Comment')).filter((item) => item['noteId'] === noteId)).toEqual([]);
  });

  it('uses what its role grants, and nothing else', () => {
    const { denied, used } = backend.local.accessReport();
    expect(denied).toEqual([]);
    const onComments = used.filter(({ role, resource }) => role.includes('Deletions') && resource.includes('CommentTable'));
    expect(new Set(onComments.map(({ action }) => action))).toEqual(new Set(['dynamodb:DeleteItem', 'dynamodb:PutItem', 'dynamodb:Query']));
  });
});
