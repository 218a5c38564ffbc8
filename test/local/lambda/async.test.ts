import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LocalService } from '../../../local/services/service.ts';
import { type Run, resource, runFunctions } from './run-functions.ts';

const queueArn = 'arn:aws:sqs:eu-central-1:123456789012:dead';
const fails = { code: "exports.handler = async (event) => { console.log('ran', event.n); throw new Error('no'); };" };
const works = { code: "exports.handler = async (event) => { console.log('ran', event.n); return 'ok'; };" };

interface Delivered {
  readonly target: string;
  readonly message: Record<string, unknown>;
}

/** A queue service that takes messages, or refuses them while it is down. */
function queue(delivered: Delivered[], isUp: () => boolean = () => true): (name: string) => LocalService | undefined {
  const sqs: LocalService = {
    handle: async () => ({ status: 200, headers: {}, body: '' }),
    deliver: async (target, message) => {
      if (!isUp()) throw new Error('down');
      delivered.push({ target, message: JSON.parse(message) as Record<string, unknown> });
    },
    dump: async () => ({}),
    dispose: async () => {},
  };
  return (name) => (name === 'sqs' ? sqs : undefined);
}

const asyncInvoke = (run: Run, name: string, n: number) => run.post(name, JSON.stringify({ n }), { 'x-amz-invocation-type': 'Event' });
const ran = (run: Run): number => run.lines.filter(({ line }) => line.startsWith('ran')).length;

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('it did not happen');
    await delay(20);
  }
}

const config = (properties: Record<string, unknown>) =>
  resource('AWS::Lambda::EventInvokeConfig', 'Config', { FunctionName: 'f', Qualifier: '$LATEST', ...properties });

describe('an asynchronous invocation', () => {
  it('is accepted at once, runs, and is forgotten', async () => {
    const run = await runFunctions({ f: works });
    expect(await asyncInvoke(run, 'f', 1)).toMatchObject({ status: 202, body: '' });
    await until(async () => ran(run) === 1 && ((await run.service.dump()) as { events: unknown[] }).events.length === 0);
    await run.service.dispose();
  });

  it('is retried after one and two minutes, then goes to the dead-letter queue and the destination', async () => {
    const delivered: Delivered[] = [];
    const resources = [config({ DestinationConfig: { OnFailure: { Destination: queueArn } } })];
    const run = await runFunctions(
      { f: { ...fails, DeadLetterConfig: { TargetArn: `${queueArn}2` } } },
      { resources, context: { service: queue(delivered) } },
    );
    const failures = async (): Promise<unknown> => ((await run.service.dump()) as { events: { failures: number }[] }).events[0]?.failures;
    await asyncInvoke(run, 'f', 1);
    await until(async () => (await failures()) === 1);
    await delay(400);
    expect(ran(run)).toBe(1);
    run.context.clock.advance(61_000);
    await until(async () => (await failures()) === 2);
    run.context.clock.advance(121_000);
    await until(() => delivered.length === 2);
    expect(ran(run)).toBe(3);
    expect(delivered.find(({ target }) => target === `${queueArn}2`)?.message).toEqual({ n: 1 });
    expect(delivered.find(({ target }) => target === queueArn)?.message).toMatchObject({
      version: '1.0',
      requestContext: { functionArn: `${run.arn('f')}:$LATEST`, condition: 'RetriesExhausted', approximateInvokeCount: 3 },
      requestPayload: { n: 1 },
      responseContext: { statusCode: 200, functionError: 'Unhandled' },
      responsePayload: { errorType: 'Error', errorMessage: 'no' },
    });
    await run.service.dispose();
  });

  it('is tried again for six hours while it is throttled, and given up then', async () => {
    const delivered: Delivered[] = [];
    const resources = [config({ DestinationConfig: { OnFailure: { Destination: queueArn } } })];
    const slow = {
      code: 'exports.handler = () => new Promise((done) => setTimeout(done, 6_000));',
      Timeout: 20,
      ReservedConcurrentExecutions: 1,
    };
    const run = await runFunctions({ f: slow }, { resources, context: { service: queue(delivered) } });
    const running = run.invoke('f');
    const delays = async (): Promise<number> => ((await run.service.dump()) as { events: { delays: number }[] }).events[0]?.delays ?? 0;
    await asyncInvoke(run, 'f', 1);
    await until(async () => (await delays()) === 1);
    run.context.clock.advance(5 * 3_600_000);
    await until(async () => (await delays()) === 2);
    expect(delivered).toEqual([]);
    run.context.clock.advance(3_600_000);
    await until(() => delivered.length === 1);
    expect(delivered[0]?.message).toMatchObject({
      requestContext: { condition: 'EventAgeExceeded', approximateInvokeCount: 0 },
      requestPayload: { n: 1 },
    });
    await running;
    await run.service.dispose();
  });

  it('runs as soon as it is not throttled any more', async () => {
    const code = "exports.handler = (event) => new Promise((done) => setTimeout(() => { console.log('ran', event.n); done(); }, 500));";
    const run = await runFunctions({ f: { code, ReservedConcurrentExecutions: 1 } });
    await Promise.all([run.invoke('f', { n: 0 }), asyncInvoke(run, 'f', 1)]);
    await until(() => ran(run) === 2);
    await run.service.dispose();
  });

  it('goes to the destination and the dead-letter queue at once when the reserved concurrency is 0', async () => {
    const delivered: Delivered[] = [];
    const resources = [config({ DestinationConfig: { OnFailure: { Destination: queueArn } } })];
    const off = { ...works, ReservedConcurrentExecutions: 0, DeadLetterConfig: { TargetArn: `${queueArn}2` } };
    const run = await runFunctions({ f: off }, { resources, context: { service: queue(delivered) } });
    await asyncInvoke(run, 'f', 1);
    await until(() => delivered.length === 2);
    const record = delivered.find(({ target }) => target === queueArn)?.message;
    expect(record).toMatchObject({
      requestContext: { condition: 'ZeroReservedConcurrency', approximateInvokeCount: 0 },
      requestPayload: { n: 1 },
    });
    expect(record).not.toHaveProperty('responsePayload');
    expect(delivered.find(({ target }) => target === `${queueArn}2`)?.message).toEqual({ n: 1 });
    await expect(run.invoke('f')).rejects.toMatchObject({ code: 'TooManyRequestsException' });
    expect(ran(run)).toBe(0);
    await run.service.dispose();
  });

  it('keeps a message that its destination does not take, over restarts', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'plinth-lambda-test-'));
    const delivered: Delivered[] = [];
    const resources = [config({ MaximumRetryAttempts: 0, DestinationConfig: { OnFailure: { Destination: queueArn } } })];
    const first = await runFunctions({ f: fails }, { resources, context: { folder, service: queue(delivered, () => false) } });
    await asyncInvoke(first, 'f', 7);
    await until(() => first.lines.some(({ line }) => line.includes('is kept: down')));
    await first.service.dispose();
    const second = await runFunctions({ f: fails }, { resources, context: { folder, service: queue(delivered) } });
    second.context.clock.advance(10_000);
    await until(() => delivered.length === 1);
    expect(delivered[0]?.message).toMatchObject({ requestPayload: { n: 7 } });
    await second.service.dispose();
  });

  it('runs in the next run when this one ends first', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'plinth-lambda-test-'));
    const busy = { code: 'exports.handler = async () => { for (;;) await null; };', Timeout: 60 };
    const first = await runFunctions({ f: busy }, { context: { folder } });
    await asyncInvoke(first, 'f', 5);
    await delay(300);
    await first.service.dispose();
    const second = await runFunctions({ f: works }, { context: { folder } });
    await until(() => ran(second) === 1);
    expect(second.lines).toContainEqual({ level: 'info', source: 'f', line: 'ran 5' });
    await second.service.dispose();
  });

  it('hands successes to another function', async () => {
    const run = await runFunctions(
      { f: works, next: { code: "exports.handler = async (event) => console.log('next', event.responsePayload);" } },
      {
        resources: [
          config({ DestinationConfig: { OnSuccess: { Destination: 'arn:aws:lambda:eu-central-1:123456789012:function:next' } } }),
        ],
        context: { service: (name) => (name === 'lambda' ? run.service : undefined) },
      },
    );
    await asyncInvoke(run, 'f', 1);
    await until(() => run.lines.some(({ line }) => line === 'next ok'));
    await run.service.dispose();
  });
});
