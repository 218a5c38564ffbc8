import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cachedAssembly } from '../support/cached-assembly.ts';
import { keepLedger } from './events-ledger.ts';

/** `PLINTH_EVENTS=100000 npx jest test/reliability/events-ledger` for the whole run. */
const changes = Number(process.env['PLINTH_EVENTS'] ?? 400);
const kills = Number(process.env['PLINTH_EVENT_KILLS'] ?? Math.min(20, Math.max(2, Math.round(changes / 5_000))));
const poisonOneIn = changes > 1_000 ? 500 : 50;

it(`FI06 FI11 FI13 FI14 each of ${changes} changes has its effect once, or is among the dead letters, through ${kills} kills`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-ledger-'));
  try {
    const assembly = cachedAssembly({
      app: 'test/reliability/ledger-app.ts',
      sources: ['test/reliability/ledger-app.ts', 'test/reliability/ledger-handler.ts'],
      settings: { crashOneIn: 400 },
    });
    const ledger = await keepLedger({ assembly, folder: join(folder, 'state'), changes, kills, poisonOneIn });
    if (process.env['PLINTH_EVENTS'] !== undefined) process.stdout.write(`${JSON.stringify(ledger, null, 2)}\n`);
    expect(ledger).toMatchObject({
      once: changes - ledger.poison,
      payloads: ledger.poison,
      onceAfter: changes,
      several: 0,
      missing: 0,
      leftAside: 0,
    });
    expect(ledger.putAside).toBeGreaterThanOrEqual(ledger.poison);
    expect(ledger.moved).toBe(ledger.putAside);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 3_600_000);
