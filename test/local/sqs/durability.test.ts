import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killWhileItWrites } from '../../support/kill-while-it-writes.ts';
import { startQueue } from './start-queue.ts';

/** How often the sending process is killed; more for a long run. */
const KILLS = Number(process.env['PLINTH_KILLS'] ?? 10);

describe('sqs durability', () => {
  it(
    `FI16 keeps every acknowledged message over ${KILLS} kills`,
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'sqs-'));
      const acknowledged: number[] = [];
      for (let kill = 0; kill < KILLS; kill += 1)
        acknowledged.push(...(await killWhileItWrites(join(import.meta.dirname, 'sending-process.ts'), folder, kill * 1_000_000)));
      const { service, queueArn } = await startQueue(folder);
      const reader = service.reader(queueArn);
      const received = new Set<number>();
      for (let some = [0]; some.length > 0; ) {
        some = ((await reader?.receive({ limit: 10, waitMs: 0 })) ?? []).map(({ body }) => Number(body));
        for (const n of some) received.add(n);
      }
      await service.dispose();
      rmSync(folder, { recursive: true });
      expect(acknowledged.length).toBeGreaterThan(KILLS);
      expect(acknowledged.filter((n) => !received.has(n))).toEqual([]);
    },
    KILLS * 8_000,
  );
});
