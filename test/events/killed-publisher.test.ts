import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventsBackend, eventsAssembly, type Served, until } from './events-backend.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plinth-killed-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Starts the backend in a process of its own. */
const serve = async (): Promise<{ readonly child: ChildProcess; readonly backend: EventsBackend }> => {
  const script = join(import.meta.dirname, '../data/relations-process.ts');
  const child = spawn(process.execPath, ['--no-warnings', script, eventsAssembly(), folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const chunk of child.stdout as NodeJS.ReadableStream) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return { child, backend: new EventsBackend(JSON.parse(text) as Served) };
};

it.each([0, 20, 100])(
  'FI06 delivers each event, under one id and with its effect, when the backend is killed %d ms after the writes',
  async (delayMs) => {
    const first = await serve();
    const ada = await first.backend.person();
    const written = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const { id } = await first.backend.create(ada, 'Note', { title: `note ${index}` });
        return String(id);
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    await first.backend.stop();

    const second = await EventsBackend.start({ folder });
    try {
      const events = await Promise.all(written.map((id) => second.about(id, 1)));
      const ids = events.map(([event]) => event?.id ?? '');
      expect(new Set(ids).size).toBe(written.length);
      // What was told twice has the same id.
      for (const told of events) expect(new Set(told.map(({ id }) => id)).size).toBe(1);
      // The killed handling holds its claim until the lease is over.
      second.pass(200);
      const effects = await until(
        () => second.effects(),
        (seen) => ids.every((id) => seen.has(id)),
      );
      for (const id of ids) expect(effects.get(id)).toBeGreaterThanOrEqual(1);
    } finally {
      await second.stop();
    }
  },
  90_000,
);
