import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocal } from '../../local/local-backend.ts';
import { allow, arnOf, roleResource, writeAssembly } from '../support/write-assembly.ts';

const root = join(import.meta.dirname, '..', '..');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plinth-access-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `plinth access`, as a child process without a terminal. */
const access = (...args: readonly string[]): Promise<{ readonly code: number | null; readonly text: string }> => {
  const child = spawn(process.execPath, [join(root, 'bin/plinth.ts'), 'access', ...args], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1' },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
  return new Promise((done) => child.on('close', (code) => done({ code, text })));
};

describe('plinth access', () => {
  it('shows what nothing has used, of the run and after it, by the names of the template', async () => {
    const assembly = writeAssembly({
      Orders: { Type: 'AWS::SQS::Queue' },
      Worker: roleResource(allow(['sqs:SendMessage', 'sqs:PurgeQueue'], arnOf('Orders'))),
    });
    const backend = await startLocal({ assembly, folder: join(folder, '.plinth', 'state') });
    const expected = `2 grants, 2 not used so far; 0 requests refused.

Granted, and not used so far
  Worker
    sqs:SendMessage  Orders
    sqs:PurgeQueue   Orders
`;
    const running = await access();
    await backend.dispose();
    expect([running, await access()]).toEqual([
      { code: 0, text: expected },
      { code: 0, text: expected },
    ]);
  });

  it('shows what was refused', async () => {
    const denied = [{ role: 'Test-Worker-1', action: 'sqs:DeleteQueue', resource: 'arn:aws:sqs:r:1:Test-Orders' }];
    const report = {
      used: [],
      denied,
      granted: [],
      unused: [],
      names: { 'Test-Worker-1': 'Worker', 'arn:aws:sqs:r:1:Test-Orders': 'Orders' },
    };
    mkdirSync(join(folder, '.plinth', 'state'), { recursive: true });
    writeFileSync(join(folder, '.plinth', 'state', 'access-report.json'), JSON.stringify(report));
    expect((await access()).text).toBe(`0 grants, 0 not used so far; 1 request refused.

Refused: the role may not do it
  Worker
    sqs:DeleteQueue  Orders
`);
    expect(JSON.parse((await access('--json')).text)).toEqual(report);
  });

  it('says so where no backend has run', async () => {
    expect(await access('--folder', 'elsewhere')).toEqual({
      code: 1,
      text: expect.stringContaining('No backend runs on elsewhere, and none has left a report there.'),
    });
  });
});
