import { type DataFixture, startData, user } from './data-fixture.ts';
import type { Fault } from './database-proxy.ts';
import { testModels } from './test-models.ts';

const anna = user('anna');
let data: DataFixture;
beforeAll(async () => {
  data = await startData(testModels, ['editors', 'staff']);
  await data.call('readRecord', { as: anna, model: 'Note', id: 'none' });
});
afterAll(() => data.close());
afterEach(() => {
  data.proxy.fault = undefined;
});

/** Makes the first requests fail. */
const failFirst = (count: number, fault: Fault): void => {
  let left = count;
  data.proxy.fault = () => {
    left -= 1;
    return left >= 0 ? fault : undefined;
  };
};
const create = () => data.call('createRecord', { as: anna, model: 'Note', body: { title: 'A' } });

describe('a database that fails', () => {
  it('is asked again when it throttles three times, with one effect', async () => {
    failFirst(3, 'ProvisionedThroughputExceededException');
    expect(await create()).toMatchObject({ status: 201 });
    expect(await data.items('Note')).toHaveLength(1);
  });

  it('ends in 503 with Retry-After when it throttles for good', async () => {
    failFirst(Number.POSITIVE_INFINITY, 'ProvisionedThroughputExceededException');
    const startedAt = Date.now();
    expect(await create()).toMatchObject({ status: 503, code: 'unavailable', retryAfterSeconds: expect.any(Number) });
    expect(Date.now() - startedAt).toBeLessThan(9_000);
    expect(await data.items('Note')).toHaveLength(1);
  });

  it('ends in 503 when it fails for good', async () => {
    failFirst(Number.POSITIVE_INFINITY, 'InternalServerError');
    expect(await data.call('listRecords', { as: anna, model: 'Note' })).toMatchObject({
      status: 503,
      code: 'unavailable',
      retryAfterSeconds: expect.any(Number),
    });
  });

  it('ends in 503 long before the function does when it hangs', async () => {
    failFirst(Number.POSITIVE_INFINITY, 'hang');
    const startedAt = Date.now();
    expect(await data.call('readRecord', { as: anna, model: 'Note', id: 'x' })).toMatchObject({
      status: 503,
      code: 'timeout',
      retryAfterSeconds: expect.any(Number),
    });
    expect(Date.now() - startedAt).toBeLessThan(9_000);
  });

  it('is asked again for what a batch left out, and is never taken for empty', async () => {
    const { body: note } = await create();
    const { body: post } = await data.call('createRecord', { as: anna, model: 'Post', body: { title: 'A', noteId: note.id } });
    const expand = () => data.call('readRecord', { as: anna, model: 'Post', id: post.id, query: { expand: 'note' } });
    let left = 2;
    data.proxy.fault = (operation) => {
      if (operation !== 'BatchGetItem') return undefined;
      left -= 1;
      return left >= 0 ? 'unprocessed' : undefined;
    };
    expect((await expand()).body.expanded.note).toMatchObject({ id: note.id });
    left = Number.POSITIVE_INFINITY;
    expect(await expand()).toMatchObject({ status: 503, code: 'unavailable' });
  });
});
