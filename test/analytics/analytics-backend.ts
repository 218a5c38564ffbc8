import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { AnalyticsEvent } from '../../contracts/analytics.ts';
import { outputs } from '../../contracts/outputs.ts';
import { Clock } from '../../local/clock.ts';
import { type LocalBackend, type LocalOptions, startLocal } from '../../local/local-backend.ts';
import { newPerson, type Person } from '../data/relations-backend.ts';
import { cachedAssembly } from '../support/cached-assembly.ts';
import { type ApiAnswer, type ApiCall, callApi } from '../support/call-api.ts';
import { until } from '../support/until.ts';
import type { AnalyticsAppSettings } from './analytics-app.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
export type Body = any;
/** An answer whose body the test knows the shape of. */
export interface AnalyticsAnswer extends ApiAnswer {
  readonly json: Body;
}

/** An object of the bucket, read back. */
export interface StoredObject {
  readonly key: string;
  readonly text: string;
}

/** The backend of analytics-app.ts in local mode, over HTTP. */
export class AnalyticsBackend {
  readonly local: LocalBackend;
  readonly clock: Clock;
  readonly #s3: S3Client;

  private constructor(local: LocalBackend, clock: Clock) {
    this.local = local;
    this.clock = clock;
    const { endpointUrl: endpoint, region, credentials } = local;
    this.#s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  }

  static async start(settings: AnalyticsAppSettings = {}, options: Partial<LocalOptions> = {}): Promise<AnalyticsBackend> {
    const clock = options.clock ?? new Clock();
    const app = 'test/analytics/analytics-app.ts';
    const assembly = cachedAssembly({ app, sources: [app, 'test/analytics/code'], settings });
    return new AnalyticsBackend(await startLocal({ assembly, ...options, clock }), clock);
  }

  person(): Promise<Person> {
    return newPerson(this.local);
  }

  call(who: Person | undefined, call: ApiCall): Promise<AnalyticsAnswer> {
    return callApi(this.local.apiUrl, { ...call, token: who?.token });
  }

  record(who: Person | undefined, body: unknown): Promise<AnalyticsAnswer> {
    return this.call(who, { method: 'POST', path: '/analytics/events', body });
  }

  /** Objects of the bucket, unpacked. */
  async objects(): Promise<readonly StoredObject[]> {
    const Bucket = this.local.outputs[outputs.analyticsBucketName] ?? '';
    const { Contents = [] } = await this.#s3.send(new ListObjectsV2Command({ Bucket }));
    return Promise.all(
      Contents.map(async ({ Key = '' }) => {
        const { Body: body } = await this.#s3.send(new GetObjectCommand({ Bucket, Key }));
        return { key: Key, text: gunzipSync((await body?.transformToByteArray()) ?? Buffer.alloc(0)).toString() };
      }),
    );
  }

  /** All events of the bucket. */
  async stored(): Promise<readonly AnalyticsEvent[]> {
    const lines = (await this.objects()).flatMap(({ text }) => text.split('\n').filter((line) => line !== ''));
    return lines.map((line) => JSON.parse(line) as AnalyticsEvent);
  }

  /** All events of the bucket, once so many are there; the clock is moved on for it. */
  async whenStored(count: number): Promise<readonly AnalyticsEvent[]> {
    return until(
      () => this.clock.advance(20_000) ?? this.stored(),
      (events) => events.length >= count,
      30_000,
    );
  }

  /** What waits for the bucket or for services outside. */
  async waiting(): Promise<{ readonly bytes: number; readonly messages: number }> {
    const { firehose, sqs } = (await this.local.dump()) as Body;
    const [stream] = Object.values(firehose) as Body[];
    const queues = Object.entries(sqs).filter(([name]) => /AnalyticsDeliveries/.test(name));
    return { bytes: stream.waitingBytes, messages: queues.flatMap(([, messages]) => Object(messages).messages ?? messages).length };
  }

  async dispose(): Promise<void> {
    this.#s3.destroy();
    await this.local.dispose();
  }
}
