import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeliveriesBackend, deliveriesAssembly, type Served, until } from './deliveries-backend.ts';
import { type PushService, startPushService } from './push-service.ts';

const owners = 6;
const browsersEach = 10;
const all = owners * browsersEach;
/** Devices that are sent to at a time (deliver-batch.ts), by each of the two deliveries that so many devices make. */
const inFlight = 50;
let folder: string;
let service: PushService;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plinth-killed-'));
  service = await startPushService();
});
afterEach(async () => {
  await service.close();
  rmSync(folder, { recursive: true, force: true });
});

const serve = async (): Promise<{ readonly child: ChildProcess; readonly served: Served }> => {
  const script = join(import.meta.dirname, '..', 'data', 'relations-process.ts');
  const assembly = deliveriesAssembly({ webOnly: true });
  const child = spawn(process.execPath, ['--no-warnings', script, assembly, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const chunk of child.stdout as NodeJS.ReadableStream) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return { child, served: JSON.parse(text) as Served };
};

it.each([1, 20, 45])(
  'loses no delivery, and repeats none that was recorded, when the backend is killed after %d pushes',
  async (pushes) => {
    const { child, served } = await serve();
    const first = await DeliveriesBackend.of(served);
    const key = await first.call(first.admin, { path: '/push/web-key' });
    const browsers = Array.from({ length: all }, () => service.subscribe());
    const people = [];
    for (let index = 0; index < all; index += browsersEach) people.push(await first.ownerOf(browsers.slice(index, index + browsersEach)));
    const devices = people.flatMap((owner) => owner.devices);
    const id = await first.send({ to: { users: people.map((owner) => owner.id) }, title: 'Hi' });
    await until(
      () => service.received.length,
      (count) => count >= pushes,
    );
    const recorded = await first.deliveries(id);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const again = await DeliveriesBackend.start({ webOnly: true }, { folder });
    try {
      expect(await again.call(again.admin, { path: '/push/web-key' })).toEqual(key);
      // SQS hands out again what nobody has deleted, and leases are over.
      await again.pass(120);
      const results = await again.settled(id, all);
      expect([...results.values()].filter(({ status }) => status !== 'sent')).toEqual([]);
      const pushesTo = (index: number) => service.received.filter(({ browser }) => browser === browsers[index]?.id);
      const counts = devices.map((_, index) => pushesTo(index).length);
      expect(Math.min(...counts)).toBe(1);
      expect(devices.filter((device, index) => recorded.has(device) && counts[index] !== 1)).toEqual([]);
      expect(counts.filter((count) => count > 1).length).toBeLessThanOrEqual(inFlight);
      // What is sent again takes the place of what was: at the push service by its topic, on the screen by its tag.
      const seen = service.received.map(({ headers, text }) => `${headers['topic']} ${JSON.parse(text).tag}`);
      expect(new Set(seen)).toEqual(new Set([`${id.replaceAll('-', '')} ${id}`]));
    } finally {
      await again.stop();
    }
  },
  90_000,
);
