import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Person } from '../../data/relations-backend.ts';
import { type Body, PaymentsBackend } from '../../payments/payments-backend.ts';
import { expectProblem } from '../../support/expect-problem.ts';
import { until } from '../../support/until.ts';

let backend: PaymentsBackend;
let anna: Person;
let mug: string;
/** What is on a page of the stand-in, and what it may do. */
const look = async (url: string, init: RequestInit = {}) => {
  const answer = await fetch(url, { redirect: 'manual', ...init });
  return {
    status: answer.status,
    text: await answer.text(),
    location: answer.headers.get('location'),
    policy: answer.headers.get('content-security-policy'),
  };
};
const press = (url: string, action: string, more: Readonly<Record<string, string>> = {}) =>
  look(url, { method: 'POST', body: new URLSearchParams({ action, ...more }), headers: { origin: new URL(url).origin } });
const start = (folder?: string) => PaymentsBackend.start({ secret: undefined as never }, folder === undefined ? {} : { folder });
const begin = (body: object): Promise<Body> => backend.done(anna, { method: 'POST', path: '/payments/checkout', body });
const own = (): Promise<Body> => backend.own(anna);

beforeAll(async () => {
  backend = await start();
  mug = await backend.product(await backend.person(), { title: 'Mug <b>' });
});
beforeEach(async () => {
  anna = await backend.person();
});
afterAll(() => backend?.stop());

describe('The stand-in for Stripe, where its secret has not been made,', () => {
  it('asks nobody outside', async () => {
    await begin({ plan: 'pro' });
    expect(backend.stripe.seen).toEqual([]);
  });

  it('shows what is bought, and takes the buyer on when it is paid', async () => {
    const { id, url } = await begin({ items: [{ id: mug, quantity: 2 }], reference: 'cart-7' });
    const shown = await look(url);
    expect(shown).toMatchObject({ status: 200, policy: expect.stringContaining("form-action 'self' https://shop.example.com") });
    expect(shown.text).toContain('Mug &lt;b&gt;');
    expect(shown.text).toContain('€24.00');
    const paid = await press(url, 'pay');
    expect(paid).toMatchObject({ status: 303, location: `https://shop.example.com/thanks?session=${id}` });
    const { payments } = await until(own, (state) => state.payments.items.length === 1);
    expect(payments.items).toEqual([
      expect.objectContaining({
        status: 'succeeded',
        amount: 2_400,
        reference: 'cart-7',
        items: [{ id: mug, quantity: 2, amount: 1_200 }],
      }),
    ]);
    // Once more, as with the button of the browser.
    expect((await press(url, 'pay')).text).toContain('This checkout is paid');
    expect((await backend.told(anna.id)).map(({ type }) => type)).toEqual(['payment.succeeded']);
  });

  it('refuses, as Stripe does, a key that was used for another request, and what is too little to be paid by card', async () => {
    const checkout = (quantity: number, id = mug) =>
      backend.call(anna, {
        method: 'POST',
        path: '/payments/checkout',
        headers: { 'idempotency-key': 'cart-8' },
        body: { items: [{ id, quantity }] },
      });
    const first = await checkout(1);
    expect((await checkout(1)).json).toEqual(first.json);
    expectProblem(await checkout(2), { status: 422, code: 'idempotency_mismatch' });
    const sweet = await backend.product(await backend.person(), { title: 'Sweet', priceCents: 20 });
    const body = { items: [{ id: sweet, quantity: 2 }] };
    const answer = await backend.call(anna, { method: 'POST', path: '/payments/checkout', body });
    expectProblem(answer, { status: 400, code: 'validation_failed' });
    expect(answer.json.errors).toEqual([expect.objectContaining({ pointer: '/items', code: 'too_small' })]);
    expect((await begin({ items: [{ id: sweet, quantity: 3 }] })).url).toContain('/_plinth/payments/checkout/');
  });

  it('has cards refused, too', async () => {
    const { url } = await begin({ items: [{ id: mug, quantity: 1 }] });
    expect((await press(url, 'decline')).text).toContain('The card was refused');
    await until(own, ({ payments }) => payments.items[0]?.status === 'failed');
    expect(await press(url, 'pay')).toMatchObject({ status: 303 });
    await until(own, ({ payments }) => payments.items.length === 1 && payments.items[0].status === 'succeeded');
  });

  it('sells plans, and ends them in the portal', async () => {
    await press((await begin({ plan: 'pro' })).url, 'pay');
    const { subscriptions } = await until(own, (state) => state.subscriptions.length === 1);
    expect(subscriptions).toEqual([expect.objectContaining({ plan: 'pro', status: 'active' })]);
    const { url } = await backend.done(anna, { method: 'POST', path: '/payments/portal', body: { returnPath: '/account' } });
    expect((await look(url)).text).toContain('https://shop.example.com/account');
    expect((await press(url, 'cancel', { id: subscriptions[0].id })).text).toContain('canceled');
    await until(own, (state) => state.subscriptions[0].status === 'canceled');
  });

  it('refuses pages of other sites, and answers functions only', async () => {
    const { url } = await begin({ plan: 'pro' });
    expect(
      (await look(url, { method: 'POST', body: new URLSearchParams({ action: 'pay' }), headers: { origin: 'https://evil.example.com' } }))
        .status,
    ).toBe(403);
    expect((await own()).subscriptions).toEqual([]);
    expect((await look(`${backend.local.endpointUrl}/_plinth/payments/v1/customers`, { method: 'POST' })).status).toBe(401);
    expect((await look(`${backend.local.endpointUrl}/_plinth/payments/checkout/nothing`)).text).toContain('no such checkout');
  });

  it('knows checkouts and customers after a restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'plinth-stand-in-'));
    const before = await start(folder);
    const ben = await before.person();
    const { url } = await before.done(ben, { method: 'POST', path: '/payments/checkout', body: { plan: 'pro' } });
    await before.stop();
    const after = await start(folder);
    expect((await press(`${after.local.endpointUrl}${new URL(url).pathname}`, 'pay')).status).toBe(303);
    await until(
      () => after.items('S#'),
      (kept) => kept.length === 1,
    );
    await after.stop();
    rmSync(folder, { recursive: true, force: true });
  });
});
