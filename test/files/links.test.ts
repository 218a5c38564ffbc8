import { createHash } from 'node:crypto';
import type { FileEntry, FileLink } from '../../contracts/files.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { FilesBackend, pixel } from './files-backend.ts';

let backend: FilesBackend;
let paper: FileEntry;
let avatar: FileEntry;

beforeAll(async () => {
  backend = await FilesBackend.start();
  paper = await backend.upload('a', 'papers', { name: 'a"\u00e9.png' });
  avatar = await backend.upload('a', 'avatars');
});
afterAll(() => backend?.stop());

const link = (file: FileEntry, query = '', asker: 'a' | 'b' | 'editor' | 'guest' = 'a') =>
  backend.call(asker, { path: `/files/${file.folder}/${file.id}/link${query}` });
const urlOf = async (file: FileEntry, query = ''): Promise<URL> => new URL(((await link(file, query)).json as FileLink).url);
const secondsOf = (url: URL): number => Number(url.searchParams.get('Expires')) - Date.now() / 1_000;

describe('createLink', () => {
  it.each([
    ['a variant that is not declared', 'avatars', '?variant=huge', '/query/variant'],
    ['a variant where there are none', 'papers', '?variant=small', '/query/variant'],
    ['a variant named like a member of every object', 'avatars', '?variant=constructor', '/query/variant'],
    ['a time that is none', 'papers', '?expiresInSeconds=soon', '/query/expiresInSeconds'],
    ['no time', 'papers', '?expiresInSeconds=0', '/query/expiresInSeconds'],
    ['neither true nor false', 'papers', '?download=yes', '/query/download'],
  ])('refuses %s', async (_what, folder, query, pointer) => {
    expectProblem(await link(folder === 'papers' ? paper : avatar, query), { status: 400, code: 'validation_failed', pointers: [pointer] });
  });

  it('refuses parameters that it does not know', async () => {
    expectProblem(await link(paper, '?width=100'), { status: 400, code: 'unknown_field' });
  });

  it('refuses others, and what has not arrived', async () => {
    expectProblem(await link(paper, '', 'b'), { status: 404, code: 'not_found' });
    expectProblem(await link(paper, '', 'guest'), { status: 401, code: 'unauthenticated' });
    const { file } = await backend.pending('a', 'papers');
    expectProblem(await link(file), { status: 409, code: 'not_ready' });
  });

  it('refuses variants of what is no image', async () => {
    const text = await backend.upload('editor', 'team', { type: 'text/plain', bytes: Buffer.from('hello') });
    expectProblem(await link(text, '?variant=small', 'editor'), { status: 400, code: 'validation_failed' });
  });

  it('costs one read', async () => {
    await link(paper);
    expect(await backend.requestsOf(() => link(paper))).toEqual({ 'dynamodb:GetItem': 1 });
  });

  it('ST09 is good as long as was asked for, at most as long as the definition allows, and says so', async () => {
    expect(secondsOf(await urlOf(paper))).toBeLessThanOrEqual(300);
    expect(secondsOf(await urlOf(paper))).toBeGreaterThan(290);
    expect(secondsOf(await urlOf(paper, '?expiresInSeconds=20'))).toBeLessThanOrEqual(20);
    const answer = (await link(paper, '?expiresInSeconds=604800')).json as FileLink;
    const url = new URL(answer.url);
    expect(secondsOf(url)).toBeLessThanOrEqual(600);
    expect(Date.parse(answer.expiresAt ?? '')).toBe(Number(url.searchParams.get('Expires')) * 1_000);
  });

  it('ST14 tells browsers the name, encoded', async () => {
    const disposition = (url: URL) => url.searchParams.get('response-content-disposition');
    expect(disposition(await urlOf(paper))).toBe(`inline; filename="a__.png"; filename*=UTF-8''a%22%C3%A9.png`);
    expect(disposition(await urlOf(paper, '?download=true'))).toMatch(/^attachment; /);
  });

  it('ST05 has what may run in browsers saved, whatever is asked for', async () => {
    const page = await backend.upload('a', 'pages', { name: 'x.html', type: 'text/html', bytes: Buffer.from('<!DOCTYPE html><p>x') });
    expect((await urlOf(page)).searchParams.get('response-content-disposition')).toMatch(/^attachment; /);
  });

  it('gives guests a lasting URL in public folders, the same as in the file', async () => {
    const answer = await link(avatar, '', 'guest');
    expect(answer.json).toEqual({ url: avatar.url });
    expect(avatar.variants).toEqual({ small: expect.stringContaining('/variants/avatars/'), wide: expect.any(String) });
    expect((await link(avatar, '?variant=small', 'guest')).json).toEqual({ url: avatar.variants?.['small'] });
  });

  it('leads to the very bytes', async () => {
    const sum = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    for (const url of [await urlOf(paper), new URL(avatar.url ?? '')]) {
      const response = await fetch(url);
      expect(response.status).toBe(200);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(sum(new Uint8Array(await response.arrayBuffer()))).toBe(sum(pixel));
    }
  });
});
