import type { FileEntry, FileLink } from '../../contracts/files.ts';
import { type Asker, FilesBackend, pixel } from '../files/files-backend.ts';
import { expectProblem } from '../support/expect-problem.ts';

let backend: FilesBackend;

beforeAll(async () => {
  backend = await FilesBackend.start();
});
afterAll(() => backend?.stop());

const path = ({ folder, id }: FileEntry, rest = ''): string => `/files/${folder}/${id}${rest}`;
const linkOf = async (file: FileEntry, query = ''): Promise<string> =>
  ((await backend.call('a', { path: path(file, `/link${query}`) })).json as FileLink).url;
const listed = async (folder: string): Promise<readonly FileEntry[]> =>
  ((await backend.call('a', { path: `/files/${folder}?owner=me&limit=100` })).json as { readonly items: readonly FileEntry[] }).items;
const text = (content: string): Uint8Array => Buffer.from(content);
const inText = { type: 'text/plain' } as const;

describe('ST04 names', () => {
  const names = ['a+b.txt', 'a b.txt', '\u00e9.txt', 'e\u0301.txt', 'A.txt', 'a.txt', '100%.txt', 'a?b#c&d=e.txt'];

  it('lead to one file each: uploaded, listed, downloaded and deleted', async () => {
    const made = new Map<string, FileEntry>();
    for (const name of names) made.set(name, await backend.upload('a', 'papers', { ...inText, name, bytes: text(`of ${name}`) }));
    // One name in two forms is one name; two names in two cases are two; and no file takes the place of another.
    expect([...made.values()].map(({ name }) => name)).toEqual(names.map((name) => name.normalize('NFC')));
    expect(new Set([...made.values()].map(({ id }) => id)).size).toBe(names.length);
    const inList = await listed('papers');
    for (const [name, file] of made) {
      expect(inList).toContainEqual(file);
      expect(await (await fetch(await linkOf(file))).text()).toBe(`of ${name}`);
    }
    for (const [name, file] of made) {
      const url = await linkOf(file);
      expect((await backend.call('a', { method: 'DELETE', path: path(file) })).status).toBe(204);
      made.delete(name);
      expect((await backend.call('a', { path: path(file) })).status).toBe(404);
      expect(new URL(url).pathname).toMatch(/^\/[\w/-]+$/);
      for (const other of made.values()) expect((await backend.call('a', { path: path(other) })).status).toBe(200);
    }
    expect((await listed('papers')).filter(({ name }) => names.includes(name))).toEqual([]);
  });

  it('that hide a slash are refused, and nothing is stored', async () => {
    await backend.changesNothing(async () => {
      expectProblem(await backend.begin('a', 'papers', { ...inText, name: 'a%2Fb' }), {
        status: 400,
        code: 'invalid_path',
        pointers: ['/name'],
      });
    });
  });
});

describe('what is served', () => {
  it('ST05 never runs in a page, whatever the link asks for', async () => {
    const script = '<script>alert(1)</script>';
    const samples = [
      { name: 'x.html', type: 'text/html', bytes: text(`<!DOCTYPE html>${script}`) },
      { name: 'x.svg', type: 'image/svg+xml', bytes: text(`<svg xmlns="http://www.w3.org/2000/svg">${script}</svg>`) },
    ];
    for (const sample of samples) {
      const file = await backend.upload('a', 'pages', sample);
      for (const query of ['', '?download=false', '?download=true']) {
        const { status, headers } = await fetch(await linkOf(file, query));
        expect({ status, type: headers.get('content-type') }).toEqual({ status: 200, type: sample.type });
        expect(headers.get('content-disposition')).toMatch(/^attachment; /);
        expect(headers.get('x-content-type-options')).toBe('nosniff');
        expect(headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none'/);
      }
    }
  });

  it('ST09 is served by a link as long as it was asked for, and is 403 a second later', async () => {
    const file = await backend.upload('a', 'papers', { ...inText, bytes: text('short-lived') });
    const url = new URL(await linkOf(file, '?expiresInSeconds=30'));
    expect((await fetch(url)).status).toBe(200);
    const longer = new URL(url);
    longer.searchParams.set('Expires', String(Number(url.searchParams.get('Expires')) + 3_600));
    expect((await fetch(longer)).status).toBe(403);
    const unsigned = new URL(url.pathname, url);
    expect((await fetch(unsigned)).status).toBe(403);
    backend.cases.clock.advance(31_000);
    expect((await fetch(url)).status).toBe(403);
  });

  it('ST14 has its name in one header, encoded', async () => {
    const file = await backend.upload('a', 'papers', { ...inText, name: 'a"; x=\u00e9.txt', bytes: text('x') });
    const { headers } = await fetch(await linkOf(file, '?download=true'));
    expect(headers.get('content-disposition')).toBe(`attachment; filename="a_; x=_.txt"; filename*=UTF-8''a%22%3B%20x%3D%C3%A9.txt`);
    for (const name of ['a"\r\nSet-Cookie: x', 'x'.repeat(300)]) {
      await backend.changesNothing(async () => {
        expectProblem(await backend.begin('a', 'papers', { ...inText, name }), { status: 400, code: 'invalid_path', pointers: ['/name'] });
        expectProblem(await backend.call('a', { method: 'PATCH', path: path(file), body: { name } }), {
          status: 400,
          code: 'invalid_path',
        });
      });
    }
  });

  it.each<readonly [string, number, string]>([
    ['bytes=0-3', 206, '0123'],
    ['bytes=-2', 206, '89'],
    ['bytes=9999-', 416, ''],
    ['bytes=-0', 416, ''],
    ['bytes=a-b', 200, '0123456789'],
    [`bytes=${Array.from({ length: 1_000 }, (_, at) => `${at}-${at}`).join(',')}`, 200, '0123456789'],
  ])('ST15 answers %.20s with %i, from the bucket and from the cache', async (range, status, body) => {
    const file = await backend.upload('a', 'papers', { ...inText, bytes: text('0123456789') });
    const url = await linkOf(file);
    for (const _ of ['first', 'again']) {
      const answer = await fetch(url, { headers: { range } });
      expect({ status: answer.status, ...(status !== 416 && { body: await answer.text() }) }).toEqual({
        status,
        ...(status !== 416 && { body }),
      });
    }
    expect(await (await fetch(url)).text()).toBe('0123456789');
  });
});

describe('files of others', () => {
  it('ST17 are like files that never were, on every route', async () => {
    const file = await backend.upload('a', 'papers', { bytes: pixel });
    const never = { ...file, id: '01940000-0000-7000-8000-000000000000' };
    const routes = [
      ['GET', ''],
      ['GET', '/link'],
      ['GET', '/upload'],
      ['PATCH', '', { metadata: { by: 'b' } }],
      ['DELETE', ''],
      ['DELETE', '/upload'],
      ['POST', '/upload', { type: 'image/png', sizeBytes: 1 }],
      ['POST', '/upload/parts', { partNumbers: [1] }],
      ['POST', '/upload/complete'],
      ['POST', '/copy', { folder: 'papers' }],
      ['POST', '/move', { folder: 'papers' }],
    ] as const;
    await backend.changesNothing(async () => {
      for (const [method, rest, body] of routes) {
        const ask = (asker: Asker, of: FileEntry) => backend.call(asker, { method, path: path(of, rest), ...(body && { body }) });
        const theirs = expectProblem(await ask('b', file), { status: 404, code: 'not_found' });
        const nobodys = expectProblem(await ask('b', never), { status: 404, code: 'not_found' });
        expect({ ...theirs, instance: '', requestId: '' }).toEqual({ ...nobodys, instance: '', requestId: '' });
      }
    });
  });
});
