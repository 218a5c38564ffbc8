import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cachedAssembly } from '../support/cached-assembly.ts';
import { keepLedger } from './events-ledger.ts';

/** `PLINTH_EVENTS=100000 npx jest test/reliability/events-ledger` for the whole run. */
const changes = Number(process.env['PLINTH_EVENTS'] ?? 400);
const kills = Number(process.env['PLINTH_EVENT_KILLS'] ?? Math.min(20, Math.max(2, Math.round(changes / 5_000))));
const faultyOneIn = changes > 1_000 ? 500 : 50;
const requestsToEnd = changes > 1_000 ? 1_500 : 300;
const isWhole = process.env['PLINTH_EVENTS'] !== undefined;
const onProgress = (text: string): void => {
  if (isWhole) process.stdout.write(`${new Date().toISOString()} ${text}\n`);
};
const faulty = 2 * Math.ceil(changes / faultyOneIn);

it(`FI06 FI11 FI13 FI14 each of ${changes} changes has its effect and its webhook once, or lies whole where it can be redriven from, through ${kills} kills`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-ledger-'));
  try {
    const assembly = cachedAssembly({
      app: 'test/reliability/ledger-app.ts',
      sources: ['test/reliability/ledger-app.ts', 'test/reliability/ledger-handler.ts'],
      settings: { crashOneIn: 400 },
    });
    const place = { assembly, folder: join(folder, 'state'), lookMs: changes > 1_000 ? 2_000 : 500 };
    const ledger = await keepLedger({ ...place, changes, kills, requestsToEnd, faultyOneIn, onProgress });
    if (isWhole) process.stdout.write(`${JSON.stringify(ledger, null, 2)}\n`);
    expect(ledger.before).toMatchObject({ effectSeveral: 0, webhookSeveral: 0, lost: 0 });
    expect(ledger.before.effectOnce).toBeLessThanOrEqual(changes - faulty / 2);
    expect(ledger.before.webhookOnce).toBeLessThanOrEqual(changes - faulty);
    expect(ledger.before.payloads).toBeGreaterThanOrEqual(faulty);
    expect(ledger.moved).toBe(Object.values(ledger.before.deadLetters).reduce((sum, count) => sum + count, 0));
    expect(ledger.after).toEqual({
      ...{ effectOnce: changes, effectSeveral: 0, webhookOnce: changes, webhookSeveral: 0, lost: 0 },
      ...{ deadLetters: {}, failedWebhooks: 0, payloads: 0 },
    });
    expect(ledger.receipts.wrong).toBe(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 36_000_000);
