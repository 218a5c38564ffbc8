import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startQueue } from './start-queue.ts';

/** How often the sending process is killed; more for a long run. */
const KILLS = Number(process.env['PLINTH_KILLS'] ?? 10);

async function sendAndKill(folder: string, first: number): Promise<number[]> {
  const script = join(import.meta.dirname, 'sending-process.ts');
  const child = spawn(process.execPath, [script, folder, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  await delay(Math.random() * 60);
  child.kill('SIGKILL');
  await once(child, 'close');
  return output.split('\n').slice(0, -1).map(Number);
}

describe('sqs durability', () => {
  it(
    `FI16 keeps every acknowledged message over ${KILLS} kills`,
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'sqs-'));
      const acknowledged: number[] = [];
      for (let kill = 0; kill < KILLS; kill += 1) acknowledged.push(...(await sendAndKill(folder, kill * 1_000_000)));
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
