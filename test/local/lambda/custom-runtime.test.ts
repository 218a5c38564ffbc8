import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type FunctionProperties, type Run, runFunctions } from './run-functions.ts';

/** A runtime of its own in Node.js, as small as the tutorial's in a shell. */
const loop = (answer: string, before = ''): string => `#!${process.execPath}
const base = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime';
const post = (path, body, headers) => fetch(base + path, { method: 'POST', body, headers });
const work = async () => {
  ${before}
  for (;;) {
    const next = await fetch(base + '/invocation/next');
    const id = next.headers.get('lambda-runtime-aws-request-id');
    const respond = (body) => post('/invocation/' + id + '/response', body);
    const event = await next.json();
    ${answer}
  }
};
work();
`;

const bootstraps: Readonly<Record<string, string>> = {
  echo: loop(
    'await respond(JSON.stringify({ event, headers: Object.fromEntries(next.headers), task: process.env.LAMBDA_TASK_ROOT, cwd: process.cwd() }));',
  ),
  text: loop('await respond("Echoing request: " + JSON.stringify(event));'),
  errs: loop(`await post('/invocation/' + id + '/error', JSON.stringify({ errorType: 'Quote.Missing', errorMessage: 'none', stackTrace: ['at quote.rb:3'] }),
    { 'lambda-runtime-function-error-type': 'Quote.Missing' });`),
  wrongId: loop(
    `const wrong = await post('/invocation/other/response', '1'); const text = await wrong.text(); await respond(JSON.stringify([wrong.status, JSON.parse(text).errorType]));`,
  ),
  large: loop(`const reply = await respond(JSON.stringify('x'.repeat(7_000_000))); console.log('status', reply.status);`),
  initError: loop(
    '',
    `await post('/init/error', JSON.stringify({ errorType: 'Config.Missing', errorMessage: 'no config' })); process.exit(1);`,
  ),
  exits: loop('process.exit(7);'),
  dies: loop('process.kill(process.pid, "SIGKILL");'),
  leaves: loop('await respond("1"); process.exit(0);'),
  stuck: loop('for (;;);'),
  hungry: loop('const held = []; for (;;) { held.push(Buffer.alloc(2e7, 1)); await new Promise((r) => setTimeout(r, 10)); }'),
  family: loop(`const child = require('node:child_process').spawn('sleep', ['300']); await respond(String(child.pid)); for (;;);`),
  shell: `#!/bin/sh
set -eu
API="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while true; do
  HEADERS=$(mktemp)
  EVENT=$(curl -sS -LD "$HEADERS" "$API/next")
  ID=$(grep -Fi Lambda-Runtime-Aws-Request-Id "$HEADERS" | tr -d '[:space:]' | cut -d: -f2)
  rm "$HEADERS"
  echo "asked with $EVENT"
  curl -sS -X POST "$API/$ID/response" -d "{\\"shell\\": $EVENT}"
done
`,
  plain: 'no script at all',
  locked: '#!/bin/sh\n',
};

const timeouts: Readonly<Record<string, number>> = { stuck: 1 };

describe('a function with a runtime of its own', () => {
  const folders = new Map<string, string>();
  let run: Run;
  beforeAll(async () => {
    const functions: Record<string, FunctionProperties> = {};
    for (const [name, source] of Object.entries(bootstraps)) {
      const folder = mkdtempSync(join(tmpdir(), 'plinth-bootstrap-'));
      writeFileSync(join(folder, 'bootstrap'), source);
      if (name !== 'locked') chmodSync(join(folder, 'bootstrap'), 0o755);
      folders.set(name, folder);
      functions[name] = { Runtime: 'provided.al2023', Code: { S3Key: name }, Timeout: timeouts[name] ?? 20, MemorySize: 256 };
    }
    folders.set('none', mkdtempSync(join(tmpdir(), 'plinth-bootstrap-')));
    functions['none'] = { Runtime: 'provided.al2023', Code: { S3Key: 'none' } };
    run = await runFunctions(functions, { context: { assetPath: (key) => folders.get(key) } });
  });
  afterAll(() => run.service.dispose());

  it.each([
    ['none', { errorType: 'Runtime.InvalidEntrypoint', errorMessage: expect.stringContaining("Couldn't find valid bootstrap(s)") }],
    ['locked', { errorType: 'Runtime.InvalidEntrypoint', errorMessage: expect.stringContaining('it must be an executable file') }],
    ['errs', { errorType: 'Quote.Missing', errorMessage: 'none', stackTrace: ['at quote.rb:3'] }],
    ['initError', { errorType: 'Config.Missing', errorMessage: 'no config' }],
    ['large', { errorType: 'Function.ResponseSizeTooLarge' }],
    [
      'exits',
      {
        errorType: 'Runtime.ExitError',
        errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Runtime exited with error: exit status 7$/),
      },
    ],
    ['dies', { errorType: 'Runtime.ExitError', errorMessage: expect.stringContaining('Runtime exited with error: signal: killed') }],
    ['stuck', { errorType: 'Sandbox.Timedout', errorMessage: expect.stringContaining('Task timed out after 1.00 seconds') }],
    ['hungry', { errorType: 'Runtime.ExitError', errorMessage: expect.stringContaining('Runtime exited with error: signal: killed') }],
  ])('fails as on AWS: %s', async (name, document) => {
    expect(await run.invoke(name)).toEqual({ functionError: 'Unhandled', payload: expect.objectContaining(document) });
  });

  it('says when a bootstrap is no program', async () => {
    expect(await run.invoke('plain')).toMatchObject({
      functionError: 'Unhandled',
      payload: { errorType: expect.stringMatching(/^Runtime\./) },
    });
  });

  it('gets the event and what the Runtime API tells of it', async () => {
    const { payload } = await run.invoke('echo', { a: 1 });
    expect(payload).toMatchObject({
      event: { a: 1 },
      headers: {
        'content-type': 'application/json',
        'lambda-runtime-aws-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
        'lambda-runtime-invoked-function-arn': run.arn('echo'),
        'lambda-runtime-trace-id': expect.stringMatching(/^Root=1-/),
      },
    });
    const { headers, task, cwd } = payload as { headers: Record<string, string>; task: string; cwd: string };
    const remaining = Number(headers['lambda-runtime-deadline-ms']) - Date.now();
    expect(remaining).toBeGreaterThan(15_000);
    expect(remaining).toBeLessThanOrEqual(20_000);
    expect(cwd).toBe(task);
  });

  it('may answer what is no JSON, as the tutorial of AWS does', async () => {
    expect(await run.invoke('text', { a: 1 })).toEqual({ payload: 'Echoing request: {"a":1}' });
    expect((await run.post('text', '{"a":1}')).body).toBe('Echoing request: {"a":1}');
  });

  it('may be a shell script; its output goes to the log', async () => {
    expect(await run.invoke('shell', { a: 1 })).toEqual({ payload: { shell: { a: 1 } } });
    expect(await run.invoke('shell', 2)).toEqual({ payload: { shell: 2 } });
    expect(run.lines).toContainEqual({ level: 'info', source: 'shell', line: 'asked with {"a":1}' });
  });

  it('is refused an answer to a request that it does not have', async () => {
    expect(await run.invoke('wrongId')).toEqual({ payload: [400, 'InvalidRequestID'] });
  });

  it('starts anew after it has ended between two invocations', async () => {
    expect(await run.invoke('leaves')).toEqual({ payload: 1 });
    expect(await run.invoke('leaves')).toEqual({ payload: 1 });
    await delay(200);
    expect(await run.invoke('leaves')).toEqual({ payload: 1 });
  });

  it('ends with all that it started', async () => {
    const other = await runFunctions(
      { family: { Runtime: 'provided.al2023', Code: { S3Key: 'family' }, Timeout: 20, MemorySize: 512 } },
      { context: { assetPath: (key) => folders.get(key) } },
    );
    const { payload } = await other.invoke('family');
    expect(isAlive(Number(payload))).toBe(true);
    await other.service.dispose();
    await gone(Number(payload));
  });

  it('does not outlive a run that is killed', async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'killed-run-process.ts'), folders.get('family') ?? ''], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
    const pid = Number(chunk.toString());
    expect(isAlive(pid)).toBe(true);
    child.kill('SIGKILL');
    await gone(pid);
  });
});

/** A process that has ended and that nobody has asked for yet still has an id. */
function isAlive(pid: number): boolean {
  try {
    if (existsSync(`/proc/${pid}/stat`)) return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<void> {
  for (let tries = 0; isAlive(pid); tries += 1) {
    if (tries > 500) throw new Error(`process ${pid} still runs`);
    await delay(10);
  }
}
