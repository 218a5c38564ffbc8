import { appendFileSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CliProject } from './cli-project.ts';

const linesOf = (text: string): readonly Record<string, unknown>[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** CloudFormation's answer to DescribeStacks, with the names of the tables. */
const serveStack = async (tables: string) => {
  const output = `<member><OutputKey>DataTables</OutputKey><OutputValue>${tables.replaceAll('"', '&quot;')}</OutputValue></member>`;
  const stack = `<member><StackName>Notes</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>UPDATE_COMPLETE</StackStatus><Outputs>${output}</Outputs></member>`;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.setHeader('content-type', 'text/xml');
      response.end(
        `<DescribeStacksResponse><DescribeStacksResult><Stacks>${stack}</Stacks></DescribeStacksResult></DescribeStacksResponse>`,
      );
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => new Promise((done) => server.close(done)) };
};

describe('plinth data export and import', () => {
  const project = new CliProject();

  const wipe = async (): Promise<void> => {
    await project.stop();
    rmSync(project.path('.plinth', 'state'), { recursive: true });
    await project.start('second');
  };

  beforeAll(async () => {
    await project.start('second');
    for (let number = 0; number < 150; number += 1) {
      const body = {
        id: `n${number}`,
        title: `Note ${number} – ä😀`,
        slug: `slug-${number}`,
        size: number % 7,
        state: number % 3 === 0 ? 'closed' : 'open',
      };
      expect(await project.call('POST', '/data/Note', body)).toMatchObject({ status: 201 });
    }
    expect(await project.call('POST', '/data/Tag', { name: 'red' })).toMatchObject({ status: 201 });
    expect(await project.call('PATCH', '/data/Note/n1', { title: 'Changed' })).toMatchObject({ status: 200 });
  });
  afterAll(() => project.dispose());

  it('writes each record as a line, and refuses to write over another export', async () => {
    const run = await project.run(['data', 'export', '--out', 'first']);
    expect(run).toMatchObject({ code: 0 });
    expect(run.text).toContain('Note: 150 records in first/Note.jsonl');
    expect(linesOf(project.read('first', 'Note.jsonl')).find(({ id }) => id === 'n1')).toEqual({
      id: 'n1',
      title: 'Changed',
      slug: 'slug-1',
      size: 1,
      state: 'open',
      version: 2,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    const again = await project.run(['data', 'export', '--out', 'first']);
    expect(again.code).toBe(1);
    expect(again.text).toContain('--replace');
  });

  it('restores exactly what was exported, with unique values, indexes and counters', async () => {
    await wipe();
    expect((await project.run(['data', 'import', '--from', 'first'])).text).toContain('Note: 150 of 150 records stored');
    expect(await project.run(['data', 'export', '--out', 'second'])).toMatchObject({ code: 0 });
    for (const file of ['Note.jsonl', 'Tag.jsonl', 'manifest.json']) expect(project.read('second', file)).toBe(project.read('first', file));
    expect(await project.call('GET', '/data/Note/by/slug/slug-7')).toMatchObject({ status: 200, body: { id: 'n7' } });
    expect(await project.call('POST', '/data/Note', { title: 'x', slug: 'slug-7' })).toMatchObject({ status: 409 });
    const filter = encodeURIComponent('{"state":"closed"}');
    expect((await project.call('GET', `/data/Note/count?filter=${filter}`)).body).toMatchObject({ count: 50 });
    expect((await project.call('GET', `/data/Note?filter=${filter}&sort=size&limit=100`)).body.items).toHaveLength(50);
  });

  it('stores nothing twice', async () => {
    const before = await project.backend.dump();
    const run = await project.run(['data', 'import', '--from', 'first']);
    expect(run).toMatchObject({ code: 0 });
    expect(run.text).toContain('Note: 0 of 150 records stored, 150 there already');
    expect(await project.backend.dump()).toEqual(before);
  });

  it('overwrites changed records with --replace only', async () => {
    expect(await project.call('PATCH', '/data/Note/n2', { slug: 'other', state: 'closed' })).toMatchObject({ status: 200 });
    const refused = await project.run(['data', 'import', '--from', 'first', '--model', 'Note']);
    expect(refused.code).toBe(1);
    expect(refused.text).toContain('there is another record with the id n2; --replace overwrites it');
    expect((await project.call('GET', '/data/Note/n2')).body).toMatchObject({ slug: 'other' });
    expect(await project.run(['data', 'import', '--from', 'first', '--model', 'Note', '--replace'])).toMatchObject({ code: 0 });
    expect((await project.call('GET', '/data/Note/n2')).body).toMatchObject({ slug: 'slug-2', state: 'open' });
    expect(await project.call('GET', '/data/Note/by/slug/other')).toMatchObject({ status: 404 });
    expect((await project.call('GET', `/data/Note/count?filter=${encodeURIComponent('{"state":"closed"}')}`)).body).toMatchObject({
      count: 50,
    });
  });

  it('names bad lines and writes none of the file', async () => {
    cpSync(project.path('first'), project.path('bad'), { recursive: true });
    const good = linesOf(project.read('bad', 'Tag.jsonl'))[0];
    const bad = [
      '{',
      JSON.stringify({ ...good, id: 'count' }),
      JSON.stringify({ ...good, id: 't2', name: 7 }),
      JSON.stringify({ ...good, id: 't3', nmae: 'x' }),
      JSON.stringify({ ...good, id: 't4', name: undefined }),
      JSON.stringify({ ...good, id: 't5', name: 'fine' }),
      JSON.stringify({ ...good, name: 'twin' }),
    ];
    appendFileSync(project.path('bad', 'Tag.jsonl'), `${bad.join('\n')}\n`);
    const before = await project.backend.dump();
    const run = await project.run(['data', 'import', '--from', 'bad', '--model', 'Tag']);
    expect(run.code).toBe(1);
    for (const text of [
      'line 2: it is not valid JSON',
      'line 3: id',
      'line 4: name must be string',
      'line 5: the model has no field "nmae"',
      'line 6: the record must have required property',
      'line 8: the id',
      '6 bad lines. Nothing was written',
    ]) {
      expect(run.text).toContain(text);
    }
    expect(await project.backend.dump()).toEqual(before);
  });

  it('stores a record whole or not at all', async () => {
    const twin = { ...linesOf(project.read('first', 'Note.jsonl'))[0], id: 'twin' };
    writeFileSync(project.path('bad', 'Note.jsonl'), `${JSON.stringify(twin)}\n`);
    const before = await project.backend.dump();
    const run = await project.run(['data', 'import', '--from', 'bad', '--model', 'Note']);
    expect(run.code).toBe(1);
    expect(run.text).toMatch(/line 1: a unique value \(slug "slug-\d+"\) is held by the record n\d+/);
    expect(await project.backend.dump()).toEqual(before);
  });

  it('goes on with an import that was stopped, and begins anew if the records are gone', async () => {
    const lines = linesOf(project.read('first', 'Note.jsonl'));
    const sha256 = JSON.parse(project.read('first', 'manifest.json')).models.Note.sha256;
    const stopped = JSON.stringify({ backend: 'the local backend of .plinth', lines: { Note: { sha256, line: 100 } } });
    writeFileSync(project.path('first', 'unfinished-import.json'), stopped);
    expect(await project.call('DELETE', `/data/Note/${lines[120]?.['id']}`)).toMatchObject({ status: 204 });
    expect((await project.run(['data', 'import', '--from', 'first', '--model', 'Note'])).text).toContain(
      'Note: 1 of 150 records stored, 49 there already',
    );
    expect(existsSync(project.path('first', 'unfinished-import.json'))).toBe(false);
    expect(await project.call('DELETE', `/data/Note/${lines[99]?.['id']}`)).toMatchObject({ status: 204 });
    writeFileSync(project.path('first', 'unfinished-import.json'), stopped);
    expect((await project.run(['data', 'import', '--from', 'first', '--model', 'Note'])).text).toContain(
      'Note: 1 of 150 records stored, 149 there already',
    );
  });

  it('reaches a deployed stack by its outputs and the AWS credentials of the environment', async () => {
    const { endpointUrl, credentials, outputs, region } = project.backend;
    const cloudFormation = await serveStack(outputs['DataTables'] ?? '');
    const run = await project.run(['data', 'export', '--stack', 'Notes', '--out', 'deployed'], {
      AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.url,
      AWS_ENDPOINT_URL_DYNAMODB: endpointUrl,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    });
    await cloudFormation.close();
    expect(run).toMatchObject({ code: 0 });
    expect(run.text).toContain('On the stack Notes');
    expect(project.read('deployed', 'Note.jsonl')).toBe(project.read('first', 'Note.jsonl'));
  });

  it('goes on with an export that was stopped', async () => {
    const lines = readFileSync(project.path('first', 'Note.jsonl'), 'utf8').split('\n').slice(0, 40);
    const next = { id: linesOf(lines.join('\n')).at(-1)?.['id'] };
    const bytes = Buffer.byteLength(`${lines.join('\n')}\n`);
    await project.run(['data', 'export', '--out', 'stopped']);
    rmSync(project.path('stopped', 'manifest.json'));
    // Written, but not yet noted when it was stopped.
    writeFileSync(project.path('stopped', 'Note.jsonl'), `${lines.join('\n')}\n{"half":`);
    writeFileSync(
      project.path('stopped', 'unfinished-export.json'),
      JSON.stringify({ backend: 'the local backend of .plinth', models: { Note: { records: 40, bytes, next } } }),
    );
    const run = await project.run(['data', 'export', '--out', 'stopped']);
    expect(run.text).toContain('Goes on with the unfinished export');
    for (const file of ['Note.jsonl', 'manifest.json']) expect(project.read('stopped', file)).toBe(project.read('first', file));
    expect(existsSync(project.path('stopped', 'unfinished-export.json'))).toBe(false);
  });
});
