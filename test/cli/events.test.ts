import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Person } from '../data/relations-backend.ts';
import { EventsBackend, until } from '../events/events-backend.ts';

const root = join(import.meta.dirname, '..', '..');
let folder: string;
let backend: EventsBackend;
let ada: Person;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plinth-events-'));
  backend = await EventsBackend.start({ folder: join(folder, '.plinth', 'state') });
  ada = await backend.person();
});
afterAll(async () => {
  await backend?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs `plinth events`, as a child process without a terminal. */
const plinth = (...args: readonly string[]): Promise<{ readonly code: number | null; readonly text: string }> => {
  const child = spawn(process.execPath, [join(root, 'bin/plinth.ts'), 'events', ...args], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1' },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
  return new Promise((done) => child.on('close', (code) => done({ code, text })));
};

/** Has the function fail at a note until its event is put aside. @returns the id of the event */
const deadLetter = async (title: string): Promise<string> => {
  const { id } = await backend.create(ada, 'Note', { title });
  const [event] = await backend.about(id, 1);
  const name = backend.deadLetters('Effect');
  const before = await backend.countIn(name);
  await until(
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      backend.pass(100);
      return backend.countIn(name);
    },
    (count) => count !== before,
  );
  ada = await backend.person();
  return event?.id ?? '';
};

describe('plinth events', () => {
  it.each([
    [['show', 'Nobody'], 'There is no queue Nobody'],
    [['redrive'], 'It is not said which queue is meant'],
    [['redrive', 'Effect', '--all'], 'It is not said which queue is meant'],
    [['replay', '--from', 'soon', '--to', '2026-01-01'], 'which is no time'],
    [['replay', '--from', '2026-01-02', '--to', '2026-01-01'], 'is not before'],
    [['list', '--folder', 'elsewhere'], 'No backend runs on elsewhere'],
  ])('refuses %j', async (args, message) => {
    const { code, text } = await plinth(...args);
    expect({ code, text }).toEqual({ code: 1, text: expect.stringContaining(message) });
  });

  it('FI13 shows dead letters, and moves them back when the mistake is mended, until none is left and all are handled', async () => {
    const ids = [await deadLetter('fail one'), await deadLetter('fail two')];
    const listed = JSON.parse((await plinth('list', '--json')).text) as readonly object[];
    expect(listed).toContainEqual({ name: 'Effect', waiting: 0, deadLetters: 2 });
    expect((await plinth('list')).text).toMatch(/Effect +0 waiting, 2 dead letters/);
    const shown = (await plinth('show', 'Effect')).text;
    for (const id of ids) expect(shown).toContain(id);
    expect(await backend.countIn(backend.deadLetters('Effect'))).toBe(2);

    await backend.database.send(new PutCommand({ TableName: backend.served.outputs['EffectsName'], Item: { id: 'mended' } }));
    expect((await plinth('redrive', 'Effect')).text).toBe('Effect: 2 moved back, 2 handled, 0 waiting, 0 dead letters\n');
    const effects = await backend.effects();
    expect(ids.map((id) => effects.get(id))).toEqual([1, 1]);
    expect((await plinth('redrive', '--all')).text).toContain('Effect: 0 moved back, 0 handled, 0 waiting, 0 dead letters\n');
  });

  it('replays a time to those who listen to a type, and nobody handles an event twice', async () => {
    const startedAt = backend.local?.clock.now() ?? 0;
    const { id } = await backend.create(ada, 'Note', { title: 'again' });
    const [event] = await backend.about(id, 1);
    await until(
      () => backend.effects(),
      (effects) => effects.has(event?.id ?? ''),
    );
    const time = (ms: number): string => new Date(startedAt + ms).toISOString();
    const { code, text } = await plinth('replay', '--from', time(-5_000), '--to', time(60_000), '--type', 'Note.created');
    expect({ code, text }).toEqual({ code: 0, text: expect.stringContaining('has ended') });
    const [first, second] = await backend.about(id, 2);
    expect(second).toEqual(first);
    await until(
      async () => backend.countIn(await backend.sourceOf('Effect')),
      (count) => count === 0,
    );
    expect((await backend.effects()).get(event?.id ?? '')).toBe(1);
  });
});
