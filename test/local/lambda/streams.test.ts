import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LocalService } from '../../../local/services/service.ts';
import { type Run, resource, runFunctions } from './run-functions.ts';

const streamArn = 'arn:aws:dynamodb:eu-central-1:123456789012:table/notes/stream/2026-01-01T00:00:00.000';
const queueArn = 'arn:aws:sqs:eu-central-1:123456789012:dead';

interface Record_ {
  readonly eventName: string;
  readonly eventSourceARN: string;
  readonly dynamodb: { readonly SequenceNumber: string; readonly ApproximateCreationDateTime: number; readonly NewImage: unknown };
}

/** A table's stream that tests write to. */
class Stream implements LocalService {
  readonly records: Record_[] = [];
  readonly #readers = new Set<() => void>();

  put(n: number, { eventName = 'INSERT', ageSeconds = 0 } = {}): void {
    this.records.push({
      eventName,
      eventSourceARN: streamArn,
      dynamodb: {
        SequenceNumber: String(1_000 + this.records.length),
        ApproximateCreationDateTime: Math.floor(Date.now() / 1_000) - ageSeconds,
        NewImage: { n: { N: String(n) } },
      },
    });
    for (const read of this.#readers) read();
  }

  followStream(_: string, { from, after }: { from: string; after?: string }, onRecords: (records: Record_[]) => Promise<void>): () => void {
    let next = after === undefined ? (from === 'LATEST' ? this.records.length : 0) : Number(after) - 999;
    let reading = Promise.resolve();
    const read = (): void => {
      reading = reading.then(async () => {
        const records = this.records.slice(next);
        next += records.length;
        if (records.length > 0) await onRecords(records);
      });
    };
    this.#readers.add(read);
    read();
    return () => this.#readers.delete(read);
  }

  async handle(): Promise<never> {
    throw new Error('not used');
  }
  async dump(): Promise<unknown> {
    return {};
  }
  async dispose(): Promise<void> {}
}

/** Prints the numbers of each batch; fails on 13. */
const code = `exports.handler = async ({ Records }) => {
  const numbers = Records.map((record) => Number(record.dynamodb.NewImage.n.N));
  console.log('batch', numbers.join(' '));
  if (numbers.includes(13)) throw new Error('unlucky');
};`;

const reporting = `exports.handler = async ({ Records }) => {
  const numbers = Records.map((record) => Number(record.dynamodb.NewImage.n.N));
  console.log('batch', numbers.join(' '));
  const failed = Records.filter((record, index) => numbers[index] === 13);
  return { batchItemFailures: failed.map((record) => ({ itemIdentifier: record.dynamodb.SequenceNumber })) };
};`;

interface Setting {
  readonly stream: Stream;
  readonly delivered: Record<string, unknown>[];
  readonly run: Run;
  readonly batches: () => string[];
}

async function follow(
  mapping: Record<string, unknown>,
  options: { code?: string; numbers?: number[]; stream?: Stream; folder?: string; ages?: Record<number, number> } = {},
): Promise<Setting> {
  const stream = options.stream ?? new Stream();
  for (const n of options.numbers ?? []) stream.put(n, { ageSeconds: options.ages?.[n] ?? 0 });
  const delivered: Record<string, unknown>[] = [];
  const sqs: LocalService = {
    handle: stream.handle,
    dump: stream.dump,
    dispose: stream.dispose,
    deliver: async (_, message) => void delivered.push(JSON.parse(message) as Record<string, unknown>),
  };
  const services: Record<string, LocalService> = { dynamodb: stream, sqs };
  const declared = resource('AWS::Lambda::EventSourceMapping', 'Mapping', {
    FunctionName: 'f',
    EventSourceArn: streamArn,
    StartingPosition: 'TRIM_HORIZON',
    ...mapping,
  });
  const context = { service: (name: string) => services[name], folder: options.folder };
  const run = await runFunctions({ f: { code: options.code ?? code } }, { resources: [declared], context });
  const batches = (): string[] => run.lines.filter(({ line }) => line.startsWith('batch')).map(({ line }) => line.slice(6));
  return { stream, delivered, run, batches };
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error('it did not happen');
    await delay(10);
  }
}

const onFailure = { DestinationConfig: { OnFailure: { Destination: queueArn } } };

describe('an event source mapping of a stream', () => {
  it('hands over records in order, at most the batch size at once', async () => {
    const { run, batches } = await follow({ BatchSize: 2 }, { numbers: [1, 2, 3, 4, 5] });
    await until(() => batches().length === 3);
    expect(batches()).toEqual(['1 2', '3 4', '5']);
    await run.service.dispose();
  });

  it('waits for its batching window', async () => {
    const { run, batches, stream } = await follow({ MaximumBatchingWindowInSeconds: 4 });
    stream.put(1);
    await delay(300);
    stream.put(2);
    await until(() => batches().length === 1);
    expect(batches()).toEqual(['1 2']);
    await run.service.dispose();
  });

  it('FI10 bisects a batch down to the poisonous record, which goes to the destination', async () => {
    const { run, batches, delivered, stream } = await follow(
      { BisectBatchOnFunctionError: true, MaximumRetryAttempts: 1, ...onFailure },
      { numbers: [1, 2, 13, 4] },
    );
    await until(() => delivered.length === 1 && batches().includes('4'));
    expect(batches()).toEqual(['1 2 13 4', '1 2', '13 4', '13', '13', '4']);
    expect(delivered[0]).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted' },
      DDBStreamBatchInfo: { startSequenceNumber: '1002', endSequenceNumber: '1002', batchSize: 1, streamArn },
    });
    stream.put(5);
    await until(() => batches().at(-1) === '5');
    await run.service.dispose();
  });

  it('goes on from the first reported record', async () => {
    const { run, batches, delivered } = await follow(
      { FunctionResponseTypes: ['ReportBatchItemFailures'], BisectBatchOnFunctionError: true, MaximumRetryAttempts: 0, ...onFailure },
      { code: reporting, numbers: [1, 2, 13, 4] },
    );
    await until(() => delivered.length === 1 && batches().includes('4'));
    expect(batches()).toEqual(['1 2 13 4', '13', '4']);
    await run.service.dispose();
  });

  it('treats an unknown item identifier as a failure of the batch', async () => {
    const unknown =
      "exports.handler = async () => { console.log('batch x'); return { batchItemFailures: [{ itemIdentifier: 'nobody' }] }; };";
    const { run, batches, delivered } = await follow(
      { FunctionResponseTypes: ['ReportBatchItemFailures'], MaximumRetryAttempts: 1, ...onFailure },
      { code: unknown, numbers: [1, 2] },
    );
    await until(() => delivered.length === 1);
    expect(batches()).toEqual(['x', 'x']);
    await run.service.dispose();
  });

  it('FI10 gives up records that are too old', async () => {
    const { run, batches, delivered } = await follow(
      { MaximumRecordAgeInSeconds: 60, ...onFailure },
      { numbers: [1, 2], ages: { 1: 100 } },
    );
    await until(() => delivered.length === 1 && batches().length === 1);
    expect(batches()).toEqual(['2']);
    expect(delivered[0]).toMatchObject({ requestContext: { condition: 'RecordAgeExceeded' } });
    await run.service.dispose();
  });

  it('hands over only what its filters let through', async () => {
    const Pattern = JSON.stringify({ eventName: ['INSERT'], dynamodb: { NewImage: { n: { N: [{ numeric: ['>', 1] }] } } } });
    const { run, batches, stream } = await follow({ FilterCriteria: { Filters: [{ Pattern }] } }, { numbers: [1, 2] });
    stream.put(3, { eventName: 'MODIFY' });
    stream.put(4);
    await until(() => batches().join(' ').includes('4'));
    expect(batches().join(' ')).toBe('2 4');
    await run.service.dispose();
  });

  it('goes on after a restart where it was, and repeats a batch that was not done', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'plinth-lambda-test-'));
    const stream = new Stream();
    const first = await follow({ StartingPosition: 'LATEST', BatchSize: 1 }, { stream, folder });
    stream.put(1);
    stream.put(13);
    await until(() => first.batches().includes('13'));
    await first.run.service.dispose();
    stream.put(3);
    const second = await follow({ StartingPosition: 'LATEST', BatchSize: 1 }, { stream, folder, code: code.replace('13)', '99)') });
    await until(() => second.batches().length === 2);
    expect(second.batches()).toEqual(['13', '3']);
    await second.run.service.dispose();
  });

  it('does not start when it is disabled', async () => {
    const { run, batches } = await follow({ Enabled: false }, { numbers: [1] });
    await delay(200);
    expect(batches()).toEqual([]);
    await run.service.dispose();
  });
});
