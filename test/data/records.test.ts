import { backend } from '../../examples/notes/backend.ts';
import { type DataFixture, guest, startData, user } from './data-fixture.ts';

let data: DataFixture;
beforeAll(async () => {
  data = await startData(backend.data.models, ['editors']);
});
afterAll(() => data.close());

it('smoke', async () => {
  const a = user('a');
  const b = user('b');
  const created = await data.call('createRecord', { as: a, model: 'Note', body: { title: 'T', slug: 's-1' } });
  console.log(created, data.operations());
  const id = created.body.id;
  for (const [r, c] of [
    ['readRecord', { as: a, model: 'Note', id }],
    ['readRecord', { as: b, model: 'Note', id }],
    ['readRecord', { as: guest, model: 'Note', id }],
    ['updateRecord', { as: a, model: 'Note', id, body: { title: 'U' } }],
    ['updateRecord', { as: b, model: 'Note', id, body: { title: 'U' } }],
    ['updateRecord', { as: a, model: 'Note', id, body: { priority: 3 } }],
    ['updateRecord', { as: a, model: 'Note', id, body: { slug: 's-2' } }],
    ['lookUpRecord', { as: a, model: 'Note', path: { field: 'slug', value: 's-2' } }],
    ['lookUpRecord', { as: a, model: 'Note', path: { field: 'slug', value: 's-1' } }],
    ['listRecords', { as: a, model: 'Note' }],
    ['listRecords', { as: guest, model: 'Note' }],
    ['listRecords', { as: user('e', 'editors'), model: 'Note' }],
    ['listRecords', { as: user('e', 'editors'), model: 'Note', query: { filter: '{"state":"draft"}', sort: '-priority' } }],
    ['countRecords', { as: a, model: 'Note' }],
    ['replaceRecord', { as: a, model: 'Note', id, body: { title: 'V', slug: 's-3' } }],
    ['deleteRecord', { as: b, model: 'Note', id }],
    ['deleteRecord', { as: a, model: 'Note', id }],
    ['deleteRecord', { as: a, model: 'Note', id }],
  ] as const)
    console.log(r, JSON.stringify(await data.call(r, c as never)), data.operations());
});
