import { type Body, type Person, RelationsBackend } from './relations-backend.ts';

let backend: RelationsBackend;
let anna: Person;
let ben: Person;
beforeAll(async () => {
  backend = await RelationsBackend.start();
  [anna, ben] = await Promise.all([backend.person(), backend.person()]);
});
afterAll(() => backend.stop());

describe('references', () => {
  it.each([
    ['of a record that never was', () => 'never-was'],
    ['that is no id', () => '../Note/x'],
    ['that is empty', () => ' '],
    ['of a record that the caller may not read (AZ14)', async () => backend.create(ben, 'Note', { title: 'private' })],
    [
      'of a record that is gone',
      async () => {
        const id = await backend.create(anna, 'Note', { title: 'gone' });
        await backend.delete(anna, `Note/${id}`);
        return id;
      },
    ],
  ])('refuses an id %s, all with one answer', async (_case, idOf) => {
    const noteId = await idOf();
    const own = await backend.create(anna, 'Note', { title: 'own' });
    const comment = await backend.create(anna, 'Comment', { noteId: own, text: 'a' });
    const before = [await backend.items('Comment'), await backend.items('Constraints')];
    const refusal = { status: 400, json: { code: 'invalid_reference', errors: [{ pointer: '/noteId', code: 'invalid_reference' }] } };
    expect(await backend.post(anna, 'Comment', { noteId, text: 'a', key: 'k' })).toMatchObject(refusal);
    expect(await backend.patch(anna, `Comment/${comment}`, { noteId })).toMatchObject(refusal);
    const put = { method: 'PUT', path: `/data/Comment/${comment}`, body: { noteId, text: 'b' } };
    expect(await backend.call(anna, put)).toMatchObject(refusal);
    expect([await backend.items('Comment'), await backend.items('Constraints')]).toEqual(before);
  });

  it('takes the id of a record that the caller may read, in one transaction, and leaves unchanged ones alone', async () => {
    const noteId = await backend.create(ben, 'Note', { title: 'open', state: 'published' });
    backend.requests();
    const comment = await backend.create(anna, 'Comment', { noteId, text: 'a' });
    expect(backend.requests()).toEqual({ TransactWriteItems: 1 });
    // Its reader loses the note, and still may write what does not touch the relation.
    await backend.patch(ben, `Note/${noteId}`, { state: 'draft' });
    expect((await backend.patch(anna, `Comment/${comment}`, { text: 'b' })).status).toBe(200);
    expect((await backend.patch(anna, `Comment/${comment}`, { noteId, text: 'c' })).status).toBe(200);
  });
});

describe('expand', () => {
  const expandOf = async (who: Person | undefined, path: string, query: object): Promise<Body> => {
    const answer = await backend.get(who, path, query as Record<string, unknown>);
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 200, text: answer.text });
    return answer.json;
  };

  it.each([
    ['comments.', 'unknown_field'],
    ['.comments', 'unknown_field'],
    ['comments.nothing', 'unknown_field'],
    ['comments.__proto__', 'unknown_field'],
    ['comments.author.profile', 'too_deep'],
    ['title', 'unknown_field'],
  ])('refuses %s', async (expand, code) => {
    const answer = await backend.get(anna, 'Note', { filter: { owner: anna.id }, expand });
    expect(answer).toMatchObject({ status: 400, json: { errors: [{ pointer: '/query/expand', code }] } });
  });

  it('refuses more lists than a request may read', async () => {
    const query = { filter: { owner: anna.id }, expand: 'comments.answers' };
    expect(await backend.get(anna, 'Note', { ...query, limit: 24 })).toMatchObject({
      status: 400,
      json: { errors: [{ pointer: '/query/expand', code: 'too_many_items' }] },
    });
    expect((await backend.get(anna, 'Note', { ...query, limit: 23 })).status).toBe(200);
  });

  it('refuses more bytes than an answer holds', async () => {
    const noteId = await backend.create(anna, 'Note', { title: 'large' });
    await Promise.all(Array.from({ length: 14 }, () => backend.create(anna, 'Comment', { noteId, text: 'x'.repeat(300_000) })));
    const answer = await backend.get(anna, `Note/${noteId}`, { expand: 'comments' });
    expect(answer).toMatchObject({ status: 400, json: { errors: [{ pointer: '/query/expand', code: 'too_large' }] } });
  });

  it('follows two relations with one BatchGet a level', async () => {
    const profile = await backend.create(anna, 'Profile', { phone: '1' });
    const authors = [
      await backend.create(anna, 'Author', { name: 'a', profileId: profile }),
      await backend.create(anna, 'Author', { name: 'b' }),
    ];
    const notes = [
      await backend.create(anna, 'Note', { title: 'one', size: 7 }),
      await backend.create(anna, 'Note', { title: 'two', size: 7 }),
    ];
    for (const noteId of notes) for (const authorId of authors) await backend.create(anna, 'Comment', { noteId, authorId, text: 'c' });
    await backend.create(anna, 'Comment', { noteId: notes[0], text: 'nobody' });
    backend.requests();
    const filter = { owner: anna.id, size: 7 };
    const page = await expandOf(anna, 'Note', { filter, expand: 'comments.author' });
    // The list, the comments of two notes, and all authors at once.
    expect(backend.requests()).toEqual({ Query: 3, BatchGetItem: 1 });
    expect(page.items).toHaveLength(2);
    for (const item of page.items) {
      const names = item.expanded.comments.items.map(({ expanded }: Body) => expanded.author?.name ?? null);
      expect(names.sort()).toEqual(item.id === notes[0] ? ['a', 'b', null] : ['a', 'b']);
    }
    const comments = await expandOf(anna, 'Comment', { filter: { noteId: notes[0] }, expand: 'author.profile,note' });
    expect(backend.requests()).toEqual({ Query: 1, BatchGetItem: 2 });
    const withProfile = comments.items.find(({ expanded }: Body) => expanded.author?.name === 'a');
    expect(withProfile.expanded).toMatchObject({ author: { expanded: { profile: { phone: '1' } } }, note: { title: 'one' } });
    expect(withProfile.expanded.note.expanded).toBeUndefined();
    // The rules are asked at every step: the profile is private.
    const others = await expandOf(ben, `Comment/${withProfile.id}`, { expand: 'author.profile,note' });
    expect(others.expanded).toMatchObject({ author: { name: 'a', expanded: { profile: null } }, note: null });
    expect(JSON.stringify(others)).not.toMatch(/"phone"|"one"/);
  });

  it('follows many to many through the records in between', async () => {
    const noteId = await backend.create(anna, 'Note', { title: 'tagged', state: 'published' });
    const tags = [await backend.create(anna, 'Tag', { name: 'seen' }), await backend.create(anna, 'Tag', { name: 'unseen', hidden: true })];
    for (const tagId of tags) await backend.create(anna, 'NoteTag', { noteId, tagId });
    backend.requests();
    const own = await expandOf(anna, `Note/${noteId}`, { expand: 'tags' });
    expect(backend.requests()).toEqual({ GetItem: 1, Query: 1, BatchGetItem: 1 });
    expect(own.expanded.tags.items.map(({ name }: Body) => name).sort()).toEqual(['seen', 'unseen']);
    const guest = await expandOf(undefined, `Note/${noteId}`, { expand: 'tags' });
    expect(guest.expanded.tags.items.map(({ name }: Body) => name)).toEqual(['seen']);
    // Whoever may not list the records in between learns nothing of what they connect.
    expect((await expandOf(ben, 'Note', { filter: { state: 'published' }, expand: 'comments,tags' })).items.length).toBeGreaterThan(0);
  });
});
