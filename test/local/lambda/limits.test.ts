import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../support/until.ts';
import { functionResource, type Run, runFunctions } from './run-functions.ts';

const counting = 'let n = 0; ';
const functions = {
  echo: { code: 'exports.handler = async (event) => event;' },
  slow: { code: 'exports.handler = () => new Promise((done) => setTimeout(done, 60_000));', Timeout: 1 },
  busyLoop: { code: 'exports.handler = async () => { for (;;); };', Timeout: 1 },
  hungry: {
    code: 'exports.handler = async (event) => { if (!event.eat) return 1; const held = []; for (;;) held.push(new Array(1e6).fill(held.length)); };',
    Timeout: 20,
  },
  buffers: {
    code: 'exports.handler = async () => { const held = []; for (;;) { held.push(Buffer.alloc(2e7, 1)); await new Promise((r) => setTimeout(r, 20)); } };',
    Timeout: 20,
  },
  map: { code: 'exports.handler = async () => { const m = new Map(); for (let i = 0; ; i += 1) m.set(i, { i }); };', Timeout: 20 },
  steps: { code: 'exports.handler = async () => { const a = []; for (;;) a.push(new Array(3e7).fill(1)); };', Timeout: 20 },
  fourGigabytes: { code: 'exports.handler = async () => Buffer.alloc(4 * 1024 ** 3, 1).length;', Timeout: 20 },
  fourGigabytesOfNumbers: { code: 'exports.handler = async () => new Float64Array(512 * 1024 ** 2).fill(1).length;', Timeout: 20 },
  garbage: {
    code: 'exports.handler = async () => { for (let i = 0; i < 60; i += 1) JSON.stringify(Array.from({ length: 1e5 }, (_, n) => ({ n }))); return 1; };',
    Timeout: 20,
  },
  exits: { code: 'exports.handler = async () => process.exit(3);' },
  exitsWell: { code: 'exports.handler = async () => process.exit(0);' },
  unloadable: { code: 'throw new Error("no such setting");' },
  throwsLater: { code: 'exports.handler = async () => { setTimeout(() => { throw new Error("out of nowhere"); }, 20); return 1; };' },
  leaves: {
    code: `${counting}exports.handler = async (event) => { if (event.leave) setTimeout(() => Promise.reject(new Error('later')), 30); return ++n; };`,
  },
  counter: { code: `${counting}exports.handler = async () => { await new Promise((r) => setTimeout(r, 30)); return ++n; };` },
  reserved: { code: 'exports.handler = () => new Promise((r) => setTimeout(r, 300));', ReservedConcurrentExecutions: 1 },
};

describe("a function's limits", () => {
  let run: Run;
  beforeAll(async () => {
    run = await runFunctions(functions);
  });
  afterAll(() => run.service.dispose());

  it.each(['slow', 'busyLoop'])('ends a function at its time-out: %s', async (name) => {
    expect(await run.invoke(name)).toEqual({
      functionError: 'Unhandled',
      payload: {
        errorType: 'Sandbox.Timedout',
        errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Task timed out after 1.00 seconds$/),
      },
    });
    expect(run.lines).toContainEqual({ level: 'error', source: name, line: 'Task timed out after 1.00 seconds' });
  });

  it.each(['hungry', 'buffers', 'map', 'steps'])('kills a function that takes too much memory, and nothing else: %s', async (name) => {
    expect(await run.invoke(name, { eat: true })).toEqual({
      functionError: 'Unhandled',
      payload: { errorType: 'Runtime.ExitError', errorMessage: expect.stringContaining('Runtime exited with error: signal: killed') },
    });
    expect(await run.invoke('echo', 1)).toEqual({ payload: 1 });
    expect(await run.invoke('hungry')).toEqual({ payload: 1 });
  });

  it.each(['fourGigabytes', 'fourGigabytesOfNumbers'])(
    'FN08 kills a function that allocates 4 GB at once, and nothing else: %s',
    async (name) => {
      const before = process.memoryUsage.rss();
      expect(await run.invoke(name)).toEqual({
        functionError: 'Unhandled',
        payload: {
          errorType: 'Runtime.ExitError',
          errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Runtime exited with error: signal: killed$/),
        },
      });
      expect(process.memoryUsage.rss() - before).toBeLessThan(1_000_000_000);
      expect(await run.invoke('echo', 1)).toEqual({ payload: 1 });
    },
  );

  it('lets a function make garbage', async () => {
    expect(await run.invoke('garbage')).toEqual({ payload: 1 });
  });

  it('tells an exit of the process', async () => {
    const { payload } = await run.invoke('exits');
    expect(payload).toMatchObject({ errorType: 'Runtime.ExitError', errorMessage: expect.stringContaining('exit status 3') });
  });

  it('answers the next invocation after an unhandled rejection in an idle environment', async () => {
    expect(await run.invoke('leaves', { leave: true })).toEqual({ payload: 1 });
    await until(
      () => run.lines.some(({ line }) => line.includes('later')),
      (isTold) => isTold,
    );
    await delay(100);
    expect(await run.invoke('leaves')).toEqual({ payload: 1 });
    expect(await run.invoke('leaves', { leave: true, at: 'once' })).toEqual({ payload: 2 });
    expect(run.lines.some(({ line }) => line.includes('later'))).toBe(true);
  });

  it.each([
    ['exits', /^Runtime exited with error: exit status 3$/],
    ['exitsWell', /^Runtime exited without providing a reason$/],
    ['unloadable', /^The function could not be loaded: Error: no such setting\n {4}at .*index\.js:1:7/],
    ['throwsLater', /^Uncaught exception: Error: out of nowhere\n {4}at .*index\.js:1:/],
    ['leaves', /^Unhandled promise rejection: Error: later\n {4}at .*index\.js:1:/],
  ])('says in the log why %s has ended, and where', async (name, line) => {
    await run.invoke(name, { leave: true });
    await until(
      () => run.lines.filter(({ source, level }) => source === name && level === 'error').at(-1)?.line,
      (last) => line.test(last ?? ''),
    );
  });

  it('throttles above the reserved concurrency', async () => {
    const first = run.invoke('reserved');
    await expect(run.invoke('reserved')).rejects.toMatchObject({ code: 'TooManyRequestsException', status: 429 });
    await expect(first).resolves.toEqual({ payload: null });
    await expect(run.invoke('reserved')).resolves.toEqual({ payload: null });
  });

  it('takes one invocation at a time in an environment, and starts further ones up to a bound', async () => {
    const counts = await Promise.all(Array.from({ length: 30 }, () => run.invoke('counter')));
    expect(counts).toHaveLength(30);
    const before = counts.map(({ payload }) => payload as number);
    expect(Math.max(...before)).toBeGreaterThan(1);
    expect(Math.max(...before)).toBeLessThan(30);
  });

  it.each([
    [7_000_000, 'RequestResponse'],
    [1_100_000, 'Event'],
  ])('refuses an event of %d bytes for %s', async (size, type) => {
    await expect(run.post('echo', JSON.stringify('x'.repeat(size)), { 'x-amz-invocation-type': type })).rejects.toMatchObject({
      code: 'RequestTooLargeException',
      status: 413,
    });
  });
});

describe('reload', () => {
  it('lets running invocations finish and serves the next ones from new environments', async () => {
    const code = `${counting}exports.handler = async () => { await new Promise((r) => setTimeout(r, 100)); return ++n; };`;
    const run = await runFunctions({ f: { code } });
    expect(await run.invoke('f')).toEqual({ payload: 1 });
    const running = run.invoke('f');
    await delay(20);
    run.service.reload(run.arn('f'));
    expect(await running).toEqual({ payload: 2 });
    expect(await run.invoke('f')).toEqual({ payload: 1 });
    run.service.reload(
      run.arn('f'),
      functionResource('f', { code: 'exports.handler = async () => process.env.COLOR;', Environment: { Variables: { COLOR: 'blue' } } }),
    );
    expect(await run.invoke('f')).toEqual({ payload: 'blue' });
    await run.service.dispose();
  });
});
