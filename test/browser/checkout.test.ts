import type { Page } from 'playwright-core';
import { PaymentsBackend } from '../payments/payments-backend.ts';
import { until } from '../support/until.ts';
import { chromiumPath, launchChromium, type TestBrowser } from './launch-chromium.ts';

// What has no browser is skipped by name, and the CI fails on it.
const describeInChromium = chromiumPath === undefined ? describe.skip : describe;

let backend: PaymentsBackend;
let browser: TestBrowser;
let page: Page;
beforeAll(async () => {
  if (chromiumPath === undefined) return;
  [backend, browser] = await Promise.all([PaymentsBackend.start({ secret: undefined as never }), launchChromium([], 'en-US')]);
});
beforeEach(async () => {
  if (chromiumPath === undefined) return;
  page = await browser.context.newPage();
  // The shop, which nothing on this machine serves.
  await page.route('https://shop.example.com/**', (route) =>
    route.fulfill({ contentType: 'text/html', body: `<h1>${route.request().url()}</h1>` }),
  );
});
afterEach(() => page?.close());
afterAll(async () => {
  await browser?.close();
  await backend?.stop();
});

describeInChromium('The checkout page of local mode in Chromium', () => {
  it('has a card refused, takes the next one, and leads back to the shop', async () => {
    const anna = await backend.person();
    const mug = await backend.product(anna, { title: 'Mug' });
    const { id, url } = await backend.done(anna, {
      method: 'POST',
      path: '/payments/checkout',
      body: { items: [{ id: mug, quantity: 2 }] },
    });
    const faults: string[] = [];
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    await page.goto(url);
    expect(await page.locator('main').textContent()).toMatch(/Mug2€24\.00/);
    await page.getByRole('button', { name: 'Have the card refused' }).click();
    expect(await page.getByRole('status').textContent()).toBe('The card was refused. You may try again.');
    await page.getByRole('button', { name: 'Pay', exact: true }).click();
    await page.waitForURL(`https://shop.example.com/thanks?session=${id}`);
    const paid = await until(
      () => backend.own(anna),
      ({ payments }) => payments.items[0]?.status === 'succeeded',
    );
    expect(paid.payments.items).toHaveLength(1);
    expect(faults).toEqual([]);
  });

  it('ends a subscription in the portal', async () => {
    const ben = await backend.person();
    const { url } = await backend.done(ben, { method: 'POST', path: '/payments/checkout', body: { plan: 'pro' } });
    await page.goto(url);
    await page.getByRole('button', { name: 'Pay', exact: true }).click();
    await page.waitForURL('https://shop.example.com/**');
    await page.goto((await backend.done(ben, { method: 'POST', path: '/payments/portal', body: {} })).url);
    await page.getByRole('button', { name: 'End it' }).click();
    expect(await page.locator('main').textContent()).toContain('canceled');
    await until(
      () => backend.own(ben),
      ({ subscriptions }) => subscriptions[0]?.status === 'canceled',
    );
    await page.getByRole('link', { name: 'Go back' }).click();
    await page.waitForURL('https://shop.example.com/cart');
  });
});
