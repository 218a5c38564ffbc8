import type { FileEntry } from '../../contracts/files.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { type Asker, FilesBackend } from './files-backend.ts';

let backend: FilesBackend;
/** Ids of ready files in the order of their making. */
const mine: string[] = [];
const others: string[] = [];
let noteId: string;

beforeAll(async () => {
  backend = await FilesBackend.start();
  for (let index = 0; index < 5; index += 1) {
    mine.push((await backend.upload('a', 'avatars', { name: `${index}.png` })).id);
    others.push((await backend.upload('b', 'avatars')).id);
    await backend.upload('editor', 'team');
  }
  noteId = String((await backend.cases.create('a', 'Note', { title: 'x', shared: true }))['id']);
  for (const actor of ['a', 'editor'] as const) await backend.upload(actor, 'attachments', { record: noteId });
  await backend.pending('a', 'avatars');
  await backend.upload('a', 'papers');
});
afterAll(() => backend?.stop());

interface Page {
  readonly items: readonly FileEntry[];
  readonly cursor?: string;
}
const list = (asker: Asker, folder: string, query = '') => backend.call(asker, { path: `/files/${folder}${query}` });
const pageOf = async (asker: Asker, folder: string, query = ''): Promise<Page> => {
  const answer = await list(asker, folder, query);
  expect({ status: answer.status, text: answer.text }).toMatchObject({ status: 200 });
  return answer.json as Page;
};
const idsOf = ({ items }: Page): readonly string[] => items.map(({ id }) => id);
const newestFirst = (ids: readonly string[]): readonly string[] => [...ids].sort().reverse();

describe('listFiles', () => {
  it.each([
    ['an order that is none', '?order=up', 'validation_failed', '/query/order'],
    ['a status that is none', '?status=gone', 'validation_failed', '/query/status'],
    ['no files at all', '?limit=0', 'validation_failed', '/query/limit'],
    ['too many files', '?limit=101', 'validation_failed', '/query/limit'],
    ['ST03 a prefix', '?prefix=', 'unknown_field', '/query/prefix'],
    ['ST03 a delimiter', '?delimiter=/', 'unknown_field', '/query/delimiter'],
    ['a record where the path names none', '?record=x', 'unknown_field', '/query/record'],
  ] as const)('refuses %s', async (_what, query, code, pointer) => {
    expectProblem(await list('a', 'avatars', query), { status: 400, code, pointers: [pointer] });
  });

  it('lists a whole folder where the rules let the caller list it all, newest first', async () => {
    expect(idsOf(await pageOf('guest', 'avatars'))).toEqual(newestFirst([...mine, ...others]));
    expect(idsOf(await pageOf('guest', 'avatars', '?order=asc'))).toEqual([...mine, ...others].sort());
  });

  it('lists the files of one user', async () => {
    expect(idsOf(await pageOf('a', 'avatars', '?owner=me'))).toEqual(newestFirst(mine));
    expect(idsOf(await pageOf('guest', 'avatars', `?owner=${backend.idOf('b')}`))).toEqual(newestFirst(others));
    expectProblem(await list('guest', 'avatars', '?owner=me'), { status: 401, code: 'unauthenticated' });
  });

  it('ST03 lists the own files only where the rules let the caller list no others', async () => {
    expect((await pageOf('a', 'papers')).items).toHaveLength(1);
    expect((await pageOf('b', 'papers')).items).toEqual([]);
    expectProblem(await list('b', 'papers', `?owner=${backend.idOf('a')}`), { status: 403, code: 'forbidden' });
    expectProblem(await list('guest', 'papers'), { status: 401, code: 'unauthenticated' });
    expectProblem(await list('a', 'drops'), { status: 403, code: 'forbidden' });
    expectProblem(await list('a', 'closed'), { status: 403, code: 'forbidden' });
  });

  it('needs a record where the rules go by it', async () => {
    for (const asker of ['a', 'editor', 'admin'] as const)
      expectProblem(await list(asker, 'attachments'), { status: 400, code: 'index_required' });
    expectProblem(await list('a', 'attachments', '?owner=me'), { status: 400, code: 'index_required' });
    expect((await pageOf('guest', 'attachments', `?record=${noteId}`)).items).toHaveLength(2);
    expect((await pageOf('guest', 'attachments', `?record=${noteId}&owner=${backend.idOf('a')}`)).items).toHaveLength(1);
    expectProblem(await list('a', 'attachments', '?record=nothing'), { status: 404, code: 'not_found' });
  });

  it('shows what is ready, unless asked for what is not', async () => {
    expect((await pageOf('a', 'avatars', '?status=pending&owner=me')).items).toHaveLength(1);
    expect((await pageOf('a', 'avatars', '?status=any&owner=me')).items).toHaveLength(6);
    expect((await pageOf('a', 'avatars', '?status=refused')).items).toEqual([]);
  });

  it('costs one query, and one read of the record where it counts', async () => {
    await list('a', 'avatars', '?limit=1');
    expect(await backend.requestsOf(() => list('a', 'team', '?limit=5'))).toEqual({ 'dynamodb:Query': 1 });
    expect(await backend.requestsOf(() => list('a', 'attachments', `?record=${noteId}`))).toEqual({
      'dynamodb:Query': 1,
      'dynamodb:GetItem': 1,
    });
  });

  it.each([1, 2, 3, 4, 10])('fills pages of %d, and goes through all of them', async (limit) => {
    const found: string[] = [];
    const sizes: number[] = [];
    let cursor: string | undefined;
    do {
      const page: Page = await pageOf('guest', 'avatars', `?limit=${limit}${cursor === undefined ? '' : `&cursor=${cursor}`}`);
      found.push(...idsOf(page));
      sizes.push(page.items.length);
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(found).toEqual(newestFirst([...mine, ...others]));
    expect(sizes.slice(0, Math.floor(10 / limit)).every((size) => size === limit)).toBe(true);
  });

  it('ST03 takes no cursor of another list, order or caller, and none that was made up', async () => {
    const { cursor = '' } = await pageOf('a', 'avatars', '?limit=2');
    const refused: readonly (readonly [Asker, string, string])[] = [
      ['b', 'avatars', `?cursor=${cursor}`],
      ['guest', 'avatars', `?cursor=${cursor}`],
      ['a', 'team', `?cursor=${cursor}`],
      ['a', 'papers', `?cursor=${cursor}`],
      ['a', 'avatars', `?owner=me&cursor=${cursor}`],
      ['a', 'avatars', `?order=asc&cursor=${cursor}`],
      ['a', 'avatars', `?status=any&cursor=${cursor}`],
      ['a', 'avatars', `?cursor=${cursor.slice(0, -2)}`],
      ['a', 'avatars', '?cursor=../B/x'],
    ];
    for (const [asker, folder, query] of refused) expectProblem(await list(asker, folder, query), { status: 400, code: 'invalid_cursor' });
    expect((await pageOf('a', 'avatars', `?limit=3&cursor=${cursor}`)).items).toHaveLength(3);
  });
});
