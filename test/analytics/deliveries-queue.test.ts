import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AnalyticsDelivery } from '../../contracts/analytics-deliveries.ts';
import { variables } from '../../contracts/variables.ts';

interface Batch {
  readonly Entries: readonly { readonly Id: string; readonly MessageBody: string; readonly MessageGroupId?: string }[];
}

const batches: Batch[] = [];
let server: Server;
let queueDeliveries: (deliveries: readonly AnalyticsDelivery[]) => Promise<void>;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const batch = JSON.parse(Buffer.concat(chunks).toString()) as Batch;
    batches.push(batch);
    const md5 = (text: string) => createHash('md5').update(text).digest('hex');
    const Successful = batch.Entries.map(({ Id, MessageBody }) => ({ Id, MessageId: Id, MD5OfMessageBody: md5(MessageBody) }));
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify({ Successful }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  Object.assign(process.env, {
    [variables.analyticsQueue]: `${url}/000000000000/deliveries`,
    AWS_ENDPOINT_URL_SQS: url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
  ({ queueDeliveries } = await import('../../lambdas/analytics/deliveries-queue.ts'));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

it('WH19 tells the queue whom events are for, so that a service that is down does not hold up what is for others', async () => {
  const to = ['stream', 'segment', 'posthog', 'ga4'] as const;
  await queueDeliveries(to.map((name) => ({ to: name, events: [] })));
  const entries = batches.flatMap(({ Entries }) => Entries);
  expect(entries.map(({ MessageGroupId }) => MessageGroupId)).toEqual([...to]);
  expect(entries.map(({ MessageBody }) => JSON.parse(MessageBody).to)).toEqual([...to]);
});
