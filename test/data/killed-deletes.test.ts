import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalBackend } from '../../local/local-backend.ts';
import { callApi } from '../support/call-api.ts';
import { type Body, newPerson, type Person, RelationsBackend, relationsAssembly } from './relations-backend.ts';

type Served = Pick<LocalBackend, 'apiUrl' | 'endpointUrl' | 'region' | 'credentials' | 'outputs'>;

const commentsANote = 24;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plinth-killed-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const serve = async (): Promise<{ readonly child: ChildProcess; readonly served: Served }> => {
  const script = join(import.meta.dirname, 'relations-process.ts');
  const child = spawn(process.execPath, ['--no-warnings', script, relationsAssembly(), folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const chunk of child.stdout as NodeJS.ReadableStream) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return { child, served: JSON.parse(text) as Served };
};

const create = async ({ apiUrl }: Served, { token }: Person, model: string, body: object): Promise<string> => {
  const answer = await callApi(apiUrl, { method: 'POST', path: `/data/${model}`, token, body });
  expect(answer.status).toBe(201);
  return (answer.json as Body).id;
};

/** A note with comments, of which each has a unique value, an author and an answer. */
const createThread = async (served: Served, person: Person): Promise<{ readonly noteId: string; readonly authorId: string }> => {
  const noteId = await create(served, person, 'Note', { title: 'a', slug: `slug-${crypto.randomUUID()}` });
  const authorId = await create(served, person, 'Author', { name: 'a' });
  for (let index = 0; index < commentsANote; index += 1) {
    const commentId = await create(served, person, 'Comment', { noteId, authorId, text: 'c', key: crypto.randomUUID() });
    await create(served, person, 'Answer', { commentId, text: 'x' });
  }
  return { noteId, authorId };
};

/** Starts again where the killed process was, and waits until no delete is unfinished. */
const recover = async (): Promise<RelationsBackend> => {
  const backend = await RelationsBackend.start({ folder });
  for (let left = 600; ; left -= 1) {
    const keys = Object.keys(await backend.constraints());
    if (!keys.some((key) => key.startsWith('D#'))) return backend;
    if (left === 0) throw new Error(`deletes are not finished: ${keys.filter((key) => key.startsWith('D#'))}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

it.each([0, 15, 40, 90, 200, 350])(
  'ends with all or nothing when the backend is killed %d ms after two deletes began',
  async (delayMs) => {
    const { child, served } = await serve();
    const person = await newPerson(served);
    const doomed = await createThread(served, person);
    const spared = await createThread(served, person);
    const { token } = person;
    const deletes = [`Note/${doomed.noteId}`, `Author/${spared.authorId}`].map((path) =>
      callApi(served.apiUrl, { method: 'DELETE', path: `/data/${path}`, token }).then(
        ({ status }) => status,
        () => 0,
      ),
    );
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    child.kill('SIGKILL');
    await once(child, 'exit');
    const [noteStatus, authorStatus] = await Promise.all(deletes);
    const backend = await recover();
    try {
      const [notes, authors, comments, answers] = await Promise.all(
        ['Note', 'Author', 'Comment', 'Answer'].map((name) => backend.items(name)),
      );
      const isNoteThere = notes?.some(({ id }) => id === doomed.noteId);
      const isAuthorThere = authors?.some(({ id }) => id === spared.authorId);
      if (noteStatus === 204) expect(isNoteThere).toBe(false);
      if (authorStatus === 204) expect(isAuthorThere).toBe(false);
      const ofDoomed = comments?.filter(({ noteId }) => noteId === doomed.noteId) ?? [];
      const ofSpared = comments?.filter(({ noteId }) => noteId === spared.noteId) ?? [];
      expect(ofDoomed).toHaveLength(isNoteThere ? commentsANote : 0);
      expect(ofSpared).toHaveLength(commentsANote);
      expect(answers).toHaveLength(ofDoomed.length + ofSpared.length);
      expect(ofSpared.filter(({ authorId }) => authorId !== undefined)).toHaveLength(isAuthorThere ? commentsANote : 0);
      for (const { version } of ofSpared) expect(version).toBe(isAuthorThere ? 1 : 2);
      expect(await backend.constraints()).toEqual(await backend.expectedConstraints());
    } finally {
      await backend.stop();
    }
  },
  90_000,
);
