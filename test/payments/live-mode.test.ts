import { expectProblem } from '../support/expect-problem.ts';
import { PaymentsBackend } from './payments-backend.ts';

let backend: PaymentsBackend;
beforeAll(async () => {
  backend = await PaymentsBackend.start({ livemode: true });
});
afterAll(() => backend?.stop());

/** How many messages an event of Stripe puts on the queue. */
const queuedBy = async (livemode: boolean): Promise<number> => {
  backend.local.resetCounts();
  const intent = { id: 'pi_1', object: 'payment_intent' };
  const answer = await backend.stripe.deliver(backend.stripe.event('payment_intent.succeeded', intent, { livemode }));
  expect([answer.status, await answer.json()]).toEqual([200, { received: true }]);
  return backend.local.counts()['sqs:SendMessage']?.requests ?? 0;
};

describe('In the live mode', () => {
  it('WH11 an event of the test mode is answered, and not applied', async () => {
    expect(await queuedBy(false)).toBe(0);
    expect(await backend.items()).toEqual([]);
    expect(await queuedBy(true)).toBe(1);
  });

  it('WH11 a key of the test mode is refused before Stripe is asked', async () => {
    backend.stripe.seen.length = 0;
    expectProblem(await backend.checkout(await backend.person(), { plan: 'pro' }), { status: 503, code: 'unavailable' });
    expect(backend.stripe.seen).toEqual([]);
  });
});
