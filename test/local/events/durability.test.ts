import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalService } from '../../../local/services/service.ts';
import { killWhileItWrites } from '../../support/kill-while-it-writes.ts';
import { until } from '../sqs/run-sqs.ts';
import { startEvents } from './start-events.ts';

/** How often the putting process is killed; more for a long run. */
const KILLS = Number(process.env['PLINTH_KILLS'] ?? 10);

describe('events durability', () => {
  it(
    `FI16 brings every acknowledged event to its target after ${KILLS} kills`,
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'events-'));
      const acknowledged: number[] = [];
      for (let kill = 0; kill < KILLS; kill += 1)
        acknowledged.push(...(await killWhileItWrites(join(import.meta.dirname, 'putting-process.ts'), folder, kill * 1_000_000)));
      const delivered = new Set<number>();
      const queue: LocalService = {
        handle: () => Promise.reject(new Error('not asked')),
        deliver: async (_, message) => void delivered.add((JSON.parse(message) as { detail: { n: number } }).detail.n),
        dump: async () => ({}),
        dispose: async () => {},
      };
      const service = await startEvents(folder, queue);
      await until(async () => ((await service.dump()) as { deliveries: unknown[] }).deliveries.length === 0, 30_000);
      await service.dispose();
      rmSync(folder, { recursive: true });
      expect(acknowledged.length).toBeGreaterThan(KILLS);
      expect(acknowledged.filter((n) => !delivered.has(n))).toEqual([]);
    },
    KILLS * 8_000,
  );
});
