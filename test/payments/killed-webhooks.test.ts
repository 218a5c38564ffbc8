import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalBackend } from '../../local/local-backend.ts';
import { newPerson } from '../data/relations-backend.ts';
import { callApi } from '../support/call-api.ts';
import { until } from '../support/until.ts';
import { type Body, PaymentsBackend, paymentsAssembly, testKeys } from './payments-backend.ts';
import { StripeStandIn } from './stripe-stand-in.ts';

let folder: string;
let stripe: StripeStandIn;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plinth-killed-'));
  stripe = await StripeStandIn.start(testKeys.secretKey);
});
afterEach(async () => {
  await stripe.stop();
  rmSync(folder, { recursive: true, force: true });
});

type Served = Pick<LocalBackend, 'apiUrl' | 'endpointUrl' | 'region' | 'credentials' | 'outputs'>;

const serve = async () => {
  const script = join(import.meta.dirname, 'payments-process.ts');
  const child = spawn(process.execPath, ['--no-warnings', script, paymentsAssembly(), folder, stripe.url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  for await (const chunk of child.stdout as NodeJS.ReadableStream) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return { child, served: JSON.parse(text) as Served };
};

it.each([0, 30])(
  'WH10 applies each event once that was answered 2xx, when the backend is killed %d ms after the answers',
  async (delayMs) => {
    const { child, served } = await serve();
    const anna = await newPerson(served);
    const intents: string[] = [];
    for (let index = 0; index < 4; index += 1) {
      const begun = await callApi(served.apiUrl, { method: 'POST', path: '/payments/checkout', body: { plan: 'pro' }, token: anna.token });
      const { id } = begun.json as Body;
      stripe.webhookUrl = undefined;
      intents.push((await stripe.pay(id))['id']);
    }
    stripe.webhookUrl = `${served.apiUrl}/payments/webhook`;
    const answers = await Promise.all(stripe.events.map((event) => stripe.deliver(event)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    child.kill('SIGKILL');
    await once(child, 'exit');

    const again = await PaymentsBackend.start({}, { folder }, stripe);
    try {
      // SQS hands out again what nobody has deleted.
      again.local.clock.advance(120_000);
      const kept = await until(
        () => again.items('S#'),
        (items) => items.length === 4,
      );
      expect(kept.map(({ id }) => id).sort()).toEqual(intents.sort());
      await until(
        () => again.told(anna.id),
        (told) => told.length >= 4,
      );
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect((await again.told(anna.id)).map(({ type }) => type)).toEqual(Array.from({ length: 4 }, () => 'subscription.created'));
    } finally {
      await again.local.dispose();
    }
  },
  120_000,
);
