import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { EventsBackend } from '../events/events-backend.ts';

const root = join(import.meta.dirname, '..', '..');
let folder: string;
let backend: EventsBackend;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plinth-secret-'));
  backend = await EventsBackend.start({ folder: join(folder, '.plinth', 'state') });
});
afterAll(async () => {
  await backend?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs `plinth secret`, as a child process without a terminal. */
const plinth = (args: readonly string[], input: string): Promise<{ readonly code: number | null; readonly text: string }> => {
  const child = spawn(process.execPath, [join(root, 'bin/plinth.ts'), 'secret', ...args], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1' },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
  // It may have ended before.
  child.stdin.on('error', () => undefined).end(input);
  return new Promise((done) => child.on('close', (code) => done({ code, text })));
};
const stored = async (SecretId: string): Promise<string | undefined> => {
  const { endpointUrl: endpoint, region, credentials } = backend.served;
  const client = new SecretsManagerClient({ endpoint, region, credentials });
  try {
    return (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString;
  } finally {
    client.destroy();
  }
};

describe('plinth secret', () => {
  it.each([
    ['no value', ['hooks/none'], '', 'No value came'],
    ['an empty line', ['hooks/none'], '\n', 'No value came'],
    ['a name that is none', ['hooks none'], 'value', '"hooks none" names no secret'],
    ['a backend that does not run', ['hooks/none', '--folder', 'elsewhere'], 'value', 'No backend runs on elsewhere'],
  ])('refuses %s, and stores nothing', async (_, args, input, message) => {
    expect(await plinth(args, input)).toEqual({ code: 1, text: expect.stringContaining(message) });
    await expect(stored('hooks/none')).rejects.toThrow("can't find");
  });

  it('stores a secret, and another one in its place, and prints no value', async () => {
    for (const value of ['first-value', '{ "secretKey": "sk_test_1" }']) {
      const { code, text } = await plinth(['shop/stripe'], `${value}\n`);
      expect({ code, text }).toEqual({ code: 0, text: expect.stringContaining('shop/stripe is stored for the local backend') });
      expect(text).not.toContain(value);
      expect(await stored('shop/stripe')).toBe(value);
    }
  });
});
