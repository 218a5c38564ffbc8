import type { Bucket } from './bucket.ts';
import { commit } from './changes.ts';
import type { LifecycleRule } from './lifecycle-rule.ts';
import type { S3Engine } from './s3-call.ts';
import { type ObjectVersion, versionOf } from './storage/version.ts';

/** S3 does it once a day; a test that moves the clock does not wait so long. */
const INTERVAL_MS = 1_000;
const DAY_MS = 86_400_000;
const BATCH = 500;

/** Deletes what the rules of the buckets want deleted, by the run's clock. */
export class Lifecycle {
  readonly #engine: S3Engine;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #today = Number.NaN;

  constructor(engine: S3Engine) {
    this.#engine = engine;
  }

  start(): void {
    const buckets = [...this.#engine.buckets.values()].filter(({ lifecycle }) => lifecycle.length > 0);
    if (buckets.length === 0) return;
    this.#timer = setInterval(() => this.#tick(buckets), INTERVAL_MS);
    this.#timer.unref();
    this.#tick(buckets);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  /** Whatever is due becomes so at midnight. */
  #tick(buckets: readonly Bucket[]): void {
    const today = Math.floor(this.#engine.context.clock.now() / DAY_MS);
    if (today === this.#today) return;
    this.#today = today;
    this.#running = this.#running
      .then(async () => {
        for (const bucket of buckets) for (const rule of bucket.lifecycle) await this.#apply(bucket, rule, today * DAY_MS);
      })
      .catch((error: unknown) => this.#engine.context.log.error('s3', `a lifecycle rule failed: ${String(error)}`));
  }

  async #apply(bucket: Bucket, rule: LifecycleRule, midnight: number): Promise<void> {
    const before = (days: number): number => midnight - days * DAY_MS;
    const { expireAfterDays, expireAt, abortAfterDays, noncurrentDays } = rule;
    if (expireAfterDays !== undefined) await this.#expire(bucket, rule, before(expireAfterDays));
    if (expireAt !== undefined && expireAt <= midnight) await this.#expire(bucket, rule, midnight);
    if (noncurrentDays !== undefined) await this.#removeNoncurrent(bucket, rule, before(noncurrentDays));
    if (rule.removesLoneMarkers) await this.#removeLoneMarkers(bucket, rule);
    if (abortAfterDays !== undefined) await this.#abortUploads(bucket, rule, before(abortAfterDays));
  }

  async #expire(bucket: Bucket, rule: LifecycleRule, before: number): Promise<void> {
    const { versions, context } = this.#engine;
    const event = bucket.versioning === undefined ? 'Delete' : 'DeleteMarkerCreated';
    await this.#each(bucket, rule, 'is_latest = 1 AND is_marker = 0 AND modified_at < ?', before, async ({ key, sequence }) => {
      await commit(this.#engine, bucket, causeOf(event), () => {
        const current = versions.current(bucket.name, key);
        return current?.sequence === sequence ? versions.delete(bucket, key, context.clock.now()) : undefined;
      });
    });
  }

  /** A version is old from the moment on when the next one came. */
  async #removeNoncurrent(bucket: Bucket, rule: LifecycleRule, before: number): Promise<void> {
    const newer =
      'FROM versions newer WHERE newer.bucket = versions.bucket AND newer.key = versions.key AND newer.sequence > versions.sequence';
    const condition =
      `is_latest = 0 AND (SELECT min(newer.modified_at) ${newer}) < ?` +
      ` AND (SELECT count(*) ${newer} AND newer.is_latest = 0) >= ${rule.noncurrentKept}`;
    await this.#each(bucket, rule, condition, before, (version) => this.#removeVersion(bucket, version));
  }

  async #removeLoneMarkers(bucket: Bucket, rule: LifecycleRule): Promise<void> {
    const others =
      'SELECT 1 FROM versions other WHERE other.bucket = versions.bucket AND other.key = versions.key AND other.sequence <> versions.sequence';
    const condition = `is_latest = 1 AND is_marker = 1 AND NOT EXISTS (${others}) AND modified_at < ?`;
    await this.#each(bucket, rule, condition, Number.MAX_SAFE_INTEGER, (version) => this.#removeVersion(bucket, version));
  }

  async #removeVersion(bucket: Bucket, { key, versionId, sequence }: ObjectVersion): Promise<void> {
    const { versions } = this.#engine;
    await commit(this.#engine, bucket, causeOf('Delete'), () => {
      const version = versions.find(bucket.name, key, versionId);
      return version?.sequence === sequence ? versions.deleteVersion(version) : undefined;
    });
  }

  async #abortUploads(bucket: Bucket, { prefix }: LifecycleRule, before: number): Promise<void> {
    const { uploads, blobs } = this.#engine;
    for (const { id } of uploads.begunBefore(bucket.name, prefix, before)) await blobs.remove(uploads.remove(id));
  }

  async #each(
    bucket: Bucket,
    { prefix, tags, largerThan, smallerThan }: LifecycleRule,
    condition: string,
    time: number,
    work: (version: ObjectVersion) => Promise<void>,
  ): Promise<void> {
    const sql = `SELECT * FROM versions WHERE bucket = ? AND sequence > ? AND substr(key, 1, ?) = ? AND ${condition} ORDER BY sequence LIMIT ${BATCH}`;
    for (let last = 0; ; ) {
      const rows = this.#engine.database.all(sql, bucket.name, last, [...prefix].length, prefix, time).map(versionOf);
      for (const version of rows) {
        const fits = version.isMarker || (version.size > largerThan && version.size < smallerThan);
        if (fits && Object.entries(tags).every(([key, value]) => version.tags[key] === value)) await work(version);
        last = version.sequence;
      }
      if (rows.length < BATCH) return;
    }
  }
}

const causeOf = (verb: string) => ({
  event: `LifecycleExpiration:${verb}`,
  reason: 'Lifecycle Expiration',
  requester: 's3.amazonaws.com',
  requestId: '',
});
