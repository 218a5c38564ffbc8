import { PutItemCommand, UpdateItemCommand, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { Clock } from '../../../local/clock.ts';
import { type DynamodbServer, startDynamodb } from './dynamodb-server.ts';
import { note, notesTable, TABLE } from './notes-table.ts';

const NOW = Date.UTC(2030, 0, 1);
const STREAM = 'arn:aws:dynamodb:eu-central-1:000000000000:table/notes/stream/2020-01-01T00:00:00.000';
let server: DynamodbServer;

const start = async (changes: Record<string, unknown> = {}) => {
  const clock = new Clock();
  clock.set(NOW);
  server = await startDynamodb({ clock, resources: [notesTable(changes)] });
};
const put = (id: string, ttl: unknown) => server.client.send(new PutItemCommand({ TableName: TABLE, Item: note(id, 'ann', 1, { ttl }) }));
const inSeconds = (seconds: number) => ({ N: String(NOW / 1_000 + seconds) });
const ids = async () => (await server.service.dump())['notes']?.map((item) => (item['id'] as { S: string }).S);

afterEach(() => server.close());

describe('dynamodb expiry', () => {
  it('leaves items whose attribute is no time, or lies more than five years back', async () => {
    await start();
    const fiveYears = 5 * 365 * 24 * 3600;
    await put('text', { S: String(NOW / 1_000) });
    await put('none', { NULL: true });
    await put('ancient', inSeconds(-fiveYears - 100));
    await put('negative', { N: '-5' });
    server.clock.advance(50_000);
    expect(await server.service.sweep()).toBe(0);
    expect(await ids()).toHaveLength(4);
  });

  it('deletes by the local clock, and shows the item until then', async () => {
    await start();
    await put('soon', inSeconds(60));
    await put('later', inSeconds(3_600));
    server.clock.advance(59_000);
    expect(await server.service.sweep()).toBe(0);
    server.clock.advance(2_000);
    expect(await ids()).toEqual(['later', 'soon']);
    expect(await server.service.sweep()).toBe(1);
    expect(await ids()).toEqual(['later']);
  });

  it('follows an item whose time changes', async () => {
    await start();
    await put('moved', inSeconds(60));
    await server.client.send(
      new UpdateItemCommand({
        TableName: TABLE,
        Key: { id: { S: 'moved' } },
        UpdateExpression: 'SET #t = :t',
        ExpressionAttributeNames: { '#t': 'ttl' },
        ExpressionAttributeValues: { ':t': inSeconds(600) },
      }),
    );
    server.clock.advance(120_000);
    expect(await server.service.sweep()).toBe(0);
    server.clock.advance(600_000);
    expect(await server.service.sweep()).toBe(1);
  });

  it('marks the deletion as the service’s in the stream', async () => {
    await start();
    await put('soon', inSeconds(60));
    server.clock.advance(120_000);
    await server.service.sweep();
    const [, removal] = await new Promise<unknown[]>((resolve) => {
      server.service.followStream(STREAM, { from: 'TRIM_HORIZON' }, (records) => resolve(records));
    });
    expect(removal).toMatchObject({ eventName: 'REMOVE', userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' } });
  });

  it('also finds items that were there before expiry was switched on', async () => {
    await start({ TimeToLiveSpecification: undefined });
    await put('soon', inSeconds(60));
    server.clock.advance(120_000);
    expect(await server.service.sweep()).toBe(0);
    await server.client.send(
      new UpdateTimeToLiveCommand({ TableName: TABLE, TimeToLiveSpecification: { Enabled: true, AttributeName: 'ttl' } }),
    );
    expect(await server.service.sweep()).toBe(1);
  });
});
