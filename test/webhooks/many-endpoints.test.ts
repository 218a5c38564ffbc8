import type { WebhookEndpoint } from '../../contracts/webhooks.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { until, WebhooksBackend } from './webhooks-backend.ts';

const most = 90;
let backend: WebhooksBackend;
let receiver: Receiver;
beforeAll(async () => {
  [backend, receiver] = await Promise.all([WebhooksBackend.start({ webhooks: { maxEndpoints: most } }), startReceiver()]);
});
afterAll(async () => {
  await backend.stop();
  await receiver.close();
});

describe('endpoints that are more than a Query of DynamoDB gives', () => {
  // 13 KB each: more than 1 MB in all.
  const headers = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`x-header-${index}`, 'v'.repeat(1_024)]));
  const large = (index: number) => ({ url: `${receiver.url}/${index}?${'q'.repeat(2_000)}`, headers, events: ['Note.created'] });

  it('are all listed, counted and told', async () => {
    for (let from = 0; from < most; from += 10) {
      await Promise.all(Array.from({ length: 10 }, (_, index) => backend.add(large(from + index))));
    }
    expect((await backend.done<{ items: WebhookEndpoint[] }>({ path: '/webhooks/endpoints' })).items).toHaveLength(most);
    const oneMore = await backend.call(backend.admin, { method: 'POST', path: '/webhooks/endpoints', body: large(most) });
    expectProblem(oneMore, { status: 409, code: 'too_many_endpoints' });
    await backend.createNote('x');
    const numbers = () => new Set(receiver.received.map(({ path }) => path.split('?')[0]));
    await until(numbers, (seen) => seen.size === most, 60_000);
  });
});
