import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { QueuedDelivery } from '../../contracts/push-table.ts';
import { variables } from '../../contracts/variables.ts';

interface Batch {
  readonly Entries: readonly { readonly Id: string; readonly MessageBody: string; readonly MessageGroupId?: string }[];
}

const batches: Batch[] = [];
/** How many entries of a batch the queue takes, by the number of the batch. */
let takes: (batch: number) => number = () => 10;
let server: Server;
let queueDeliveries: (delivery: QueuedDelivery) => Promise<void>;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const batch = JSON.parse(Buffer.concat(chunks).toString()) as Batch;
    const taken = takes(batches.push(batch) - 1);
    const md5 = (text: string) => createHash('md5').update(text).digest('hex');
    const Successful = batch.Entries.slice(0, taken).map(({ Id, MessageBody }) => ({
      Id,
      MessageId: Id,
      MD5OfMessageBody: md5(MessageBody),
    }));
    const Failed = batch.Entries.slice(taken).map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false }));
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify({ Successful, Failed }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  Object.assign(process.env, {
    [variables.pushDeliveriesQueue]: `${url}/000000000000/deliveries`,
    AWS_ENDPOINT_URL_SQS: url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
  ({ queueDeliveries } = await import('../../lambdas/push/queues-client.ts'));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  batches.length = 0;
});

const devices = (count: number) => Array.from({ length: count }, (_, index) => ({ owner: 'owner', device: String(index) }));
const sentDevices = (batch: Batch, from = 0) =>
  batch.Entries.slice(from).flatMap(({ MessageBody }) => (JSON.parse(MessageBody) as QueuedDelivery).devices.map(({ device }) => device));

describe('queueDeliveries', () => {
  it('says so when the queue keeps refusing entries in answers of 200', async () => {
    takes = () => 0;
    await expect(queueDeliveries({ messageId: 'm', devices: devices(1) })).rejects.toThrow('refuses messages: InternalError');
    expect(batches.length).toBeGreaterThan(1);
  });

  it('sends entries again that an answer of 200 says have failed, and only those', async () => {
    takes = (batch) => (batch === 0 ? 1 : 10);
    await queueDeliveries({ messageId: 'm', devices: devices(120) });
    const [first, second] = batches;
    expect(batches).toHaveLength(2);
    expect(first?.Entries).toHaveLength(3);
    expect(second?.Entries.map(({ MessageBody }) => MessageBody)).toEqual(first?.Entries.slice(1).map(({ MessageBody }) => MessageBody));
  });

  it('tells the queue which message deliveries are of, also again, so that a large one does not hold up others', async () => {
    takes = (batch) => (batch === 0 ? 1 : 10);
    await queueDeliveries({ messageId: 'm', devices: devices(120) });
    const groups = batches.flatMap(({ Entries }) => Entries.map(({ MessageGroupId }) => MessageGroupId));
    expect(groups).toEqual(['m', 'm', 'm', 'm', 'm']);
  });

  it('sends nothing for nobody', async () => {
    await queueDeliveries({ messageId: 'm', devices: [] });
    expect(batches).toEqual([]);
  });

  it('names each device once, 49 in a message and ten messages in a request', async () => {
    takes = () => 10;
    await queueDeliveries({ messageId: 'm', devices: devices(1_000), released: true });
    expect(batches.map(({ Entries }) => Entries.length)).toEqual([10, 10, 1]);
    const bodies = batches.flatMap(({ Entries }) => Entries).map(({ MessageBody }) => JSON.parse(MessageBody) as QueuedDelivery);
    expect(Math.max(...bodies.map((body) => body.devices.length))).toBe(49);
    expect(bodies.every(({ messageId, released }) => messageId === 'm' && released === true)).toBe(true);
    expect(batches.flatMap((batch) => sentDevices(batch))).toEqual(devices(1_000).map(({ device }) => device));
  });
});
