import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { CliProject } from './cli-project.ts';

const list = (filter: object, more = ''): string => `/data/Note?filter=${encodeURIComponent(JSON.stringify(filter))}${more}`;
/** What is left of a time when the field was unique before. */
const putConstraint = async ({ backend }: CliProject, item: Record<string, string>): Promise<void> => {
  const { endpointUrl: endpoint, region, credentials, outputs } = backend;
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region, credentials }));
  await client.send(new PutCommand({ TableName: JSON.parse(outputs['DataTables'] ?? '{}')[''], Item: item }));
  client.destroy();
};

const ids = (body: { items: readonly { id: string }[] }): readonly string[] => body.items.map(({ id }) => id).sort();

describe('plinth data backfill', () => {
  const project = new CliProject();

  beforeAll(async () => {
    await project.start('first');
    expect(await project.run(['schema', 'accept'])).toMatchObject({ code: 0 });
    for (const [id, slug] of [
      ['a', 'one'],
      ['b', 'one'],
      ['c', 'two'],
      ['d', undefined],
    ]) {
      expect(await project.call('POST', '/data/Note', { id, title: `Note ${id}`, slug, meta: { title: id } })).toMatchObject({
        status: 201,
      });
    }
    await project.start('second');
  });
  afterAll(() => project.dispose());

  it('is announced by the comparison with the lock file', async () => {
    const { code, text } = await project.run(['schema', 'status']);
    expect(code).toBe(1);
    for (const command of ['records --model Note', 'unique --model Note --field slug', 'counts --model Note']) {
      expect(text).toContain(`plinth data backfill ${command}`);
    }
  });

  it('is not needed to read old records with the defaults of later fields', async () => {
    expect((await project.call('GET', '/data/Note/a')).body).toMatchObject({ id: 'a', state: 'open', version: 1 });
    expect(ids((await project.call('GET', list({ title: 'Note a' }))).body)).toEqual(['a']);
  });

  it('is asked for in place of lists that would lack old records', async () => {
    expect(await project.call('POST', '/data/Note', { id: 'new', title: 'New', slug: 'three' })).toMatchObject({ status: 201 });
    for (const path of [list({ state: 'open' }), list({ state: 'open' }, '&sort=size'), list({ title: 'Note a', state: 'open' })]) {
      expect(await project.call('GET', path)).toMatchObject({
        status: 503,
        body: { code: 'index_building', detail: expect.stringContaining('plinth data backfill records --model Note') },
      });
    }
    // No old record can have the other value.
    expect(await project.call('GET', list({ title: 'Note a', state: 'closed' }))).toMatchObject({ status: 200, body: { items: [] } });
  });

  it('brings old records into lists, without a new version', async () => {
    const run = await project.run(['data', 'backfill', 'records', '--model', 'Note']);
    expect(run).toMatchObject({ code: 0 });
    expect(run.text).toContain('5 records looked at, 4 brought up to date');
    for (const path of [list({ state: 'open' }), list({ state: 'open' }, '&sort=size')]) {
      const { status, body } = await project.call('GET', path);
      expect([status, ids(body)]).toEqual([200, ['a', 'b', 'c', 'd', 'new']]);
    }
    expect((await project.call('GET', '/data/Note/a')).body).toMatchObject({ version: 1, state: 'open' });
    expect((await project.run(['data', 'backfill', 'records', '--model', 'Note'])).text).toContain('0 brought up to date');
  });

  it('refuses values that several records hold, and changes nothing', async () => {
    const before = await project.backend.dump();
    const run = await project.run(['data', 'backfill', 'unique', '--model', 'Note', '--field', 'slug']);
    expect(run.code).toBe(1);
    expect(run.text).toContain('"one" is held by a, b');
    expect(run.text).toContain('Nothing was changed');
    expect(await project.backend.dump()).toEqual(before);
  });

  it('records unique values, and replaces those of before the field was unique', async () => {
    expect(await project.call('PATCH', '/data/Note/b', { slug: 'four' })).toMatchObject({ status: 200 });
    expect(await project.call('GET', '/data/Note/by/slug/two')).toMatchObject({ status: 404 });
    await putConstraint(project, { pk: 'U#Note#slug#=two', id: 'b' });
    expect(await project.run(['data', 'backfill', 'unique', '--model', 'Note', '--field', 'slug'])).toMatchObject({ code: 0 });
    for (const [slug, id] of [
      ['one', 'a'],
      ['two', 'c'],
      ['three', 'new'],
      ['four', 'b'],
    ]) {
      expect(await project.call('GET', `/data/Note/by/slug/${slug}`)).toMatchObject({ status: 200, body: { id } });
      expect(await project.call('POST', '/data/Note', { title: 'x', slug })).toMatchObject({ status: 409, body: { code: 'not_unique' } });
    }
    expect(await project.run(['data', 'backfill', 'unique', '--model', 'Note', '--field', 'slug'])).toMatchObject({ code: 0 });
  });

  it('does with "all" what is left, once', async () => {
    const first = await project.run(['data', 'backfill', 'all']);
    expect(first).toMatchObject({ code: 0 });
    expect(first.text).toContain('Note, counting: 5 records counted');
    expect(first.text).not.toContain('recording values');
    expect((await project.run(['data', 'backfill', 'all'])).text).toContain('Nothing to do');
  });

  it('counts old records', async () => {
    const count = list({ state: 'open' }).replace('/Note', '/Note/count');
    expect((await project.call('GET', count)).body).toMatchObject({ count: 5 });
    project.backend.resetCounts();
    expect((await project.call('GET', count)).body).toMatchObject({ count: 5 });
    expect(project.backend.counts()['dynamodb:Query']).toBeUndefined();
    expect(await project.call('DELETE', '/data/Note/d')).toMatchObject({ status: 204 });
    expect((await project.call('GET', count)).body).toMatchObject({ count: 4 });
  });

  it.each([
    [['records'], 'No model is named'],
    [['records', '--model', 'Nothing'], 'There is no model Nothing'],
    [['unique', '--model', 'Note', '--field', 'title'], 'Note.title is not unique'],
    [['counts', '--model', 'Tag'], 'Tag counts nothing'],
    [['records', '--model', 'Note', '--folder', 'elsewhere'], 'No backend runs on elsewhere'],
  ])('tells what is wrong with %j', async (args, text) => {
    const run = await project.run(['data', 'backfill', ...args]);
    expect(run.code).toBe(1);
    expect(run.text).toContain(text);
    expect(run.text).not.toContain('bug');
  });

  describe('after a rename', () => {
    beforeAll(async () => {
      expect(await project.run(['schema', 'accept'])).toMatchObject({ code: 0 });
      await project.start('renamed');
    });

    it('is not needed: model and fields have their new names at once, with their records, indexes, unique values and counters', async () => {
      expect((await project.run(['schema', 'status'])).text).toContain('the model Note is now Memo; its table stays');
      expect((await project.call('GET', '/data/Memo/a')).body).toMatchObject({
        headline: 'Note a',
        handle: 'one',
        meta: { title: 'a' },
        state: 'open',
      });
      expect(await project.call('GET', '/data/Note/a')).toMatchObject({ status: 404 });
      const found = await project.call(
        'GET',
        `/data/Memo?filter=${encodeURIComponent(JSON.stringify({ headline: 'Note c', handle: 'two' }))}`,
      );
      expect(ids(found.body)).toEqual(['c']);
      expect(await project.call('GET', '/data/Memo/by/handle/two')).toMatchObject({ status: 200, body: { id: 'c' } });
      expect(await project.call('POST', '/data/Memo', { headline: 'x', handle: 'two' })).toMatchObject({ status: 409 });
      expect((await project.call('GET', `/data/Memo/count?filter=${encodeURIComponent('{"state":"open"}')}`)).body).toMatchObject({
        count: 4,
      });
    });

    it('writes the new names where the old ones are stored', async () => {
      expect(await project.call('PATCH', '/data/Memo/a', { headline: 'Changed', meta: { title: 'inner' } })).toMatchObject({
        status: 200,
        body: { headline: 'Changed', meta: { title: 'inner' } },
      });
      expect(await project.call('PATCH', '/data/Memo/a', { handle: 'five' })).toMatchObject({ status: 200 });
      expect(await project.call('PUT', '/data/Memo/c', { headline: 'Put', handle: 'two' })).toMatchObject({ status: 200 });
      const stored = JSON.stringify(await project.backend.dump());
      expect(stored).toContain('"title":{"S":"Changed"}');
      expect(stored).not.toContain('headline');
      const found = await project.call('GET', `/data/Memo?filter=${encodeURIComponent('{"headline":"Changed"}')}`);
      expect(found.body.items).toMatchObject([{ id: 'a', headline: 'Changed', handle: 'five', meta: { title: 'inner' } }]);
    });
  });
});
