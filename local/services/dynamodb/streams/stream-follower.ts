import { setTimeout as delay } from 'node:timers/promises';
import type { LocalLog } from '../../../log.ts';
import { AwsError } from '../../service.ts';
import { streamOf } from '../operations/stream-operations.ts';
import type { TableCatalog } from '../tables/table-catalog.ts';
import type { ChangeLog } from './change-log.ts';
import { eventRecord, type StreamEventRecord } from './stream-record.ts';

/** Where to begin: `after` wins over `from`. */
export interface FollowOptions {
  readonly from: 'TRIM_HORIZON' | 'LATEST';
  /** A sequence number that was dealt with already. */
  readonly after?: string;
}

const RECORDS_PER_CALL = 1_000;
const RETRY_MS = 1_000;

/**
 * Hands over the records of a stream in their order, the next ones when the promise of the last call is fulfilled.
 * A call that fails is made again with the same records.
 */
export class StreamFollower {
  readonly #catalog: TableCatalog;
  readonly #changes: ChangeLog;
  readonly #log: LocalLog;
  #stopped = false;
  #tableId: string | undefined;
  #wake: () => void = () => {};
  readonly #unsubscribe: () => void;

  constructor(engine: { catalog: TableCatalog; changes: ChangeLog }, log: LocalLog) {
    this.#catalog = engine.catalog;
    this.#changes = engine.changes;
    this.#log = log;
    this.#unsubscribe = this.#changes.onCommit((tableIds) => {
      if (this.#tableId === undefined || tableIds.has(this.#tableId)) this.#wake();
    });
  }

  /** @throws AwsError `ResourceNotFoundException` at once when there is no such stream. */
  start(streamArn: string, options: FollowOptions, onRecords: (records: StreamEventRecord[]) => void | Promise<void>): void {
    streamOf(streamArn, { catalog: this.#catalog });
    const after = options.after ?? (options.from === 'LATEST' ? this.#changes.latest : '');
    void this.#run(streamArn, after, onRecords);
  }

  stop(): void {
    this.#stopped = true;
    this.#unsubscribe();
    this.#wake();
  }

  async #run(streamArn: string, start: string, onRecords: (records: StreamEventRecord[]) => void | Promise<void>): Promise<void> {
    let after = start;
    while (!this.#stopped) {
      // Made before the read, so that a commit in between is not missed.
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      try {
        const records = await this.#read(streamArn, after);
        if (this.#stopped) return;
        if (records.length === 0) {
          await woken;
          continue;
        }
        await onRecords(records.map((record) => eventRecord(record, streamArn)));
        after = records.at(-1)?.sequenceNumber ?? after;
      } catch (error) {
        if (this.#stopped) return;
        if (error instanceof AwsError && error.code === 'ResourceNotFoundException') {
          // The table or its stream is gone for good.
          this.stop();
          return;
        }
        this.#log.error('dynamodb', `${streamArn}: ${error}`);
        await delay(RETRY_MS, undefined, { ref: false });
      }
    }
  }

  async #read(streamArn: string, after: string) {
    const { table } = streamOf(streamArn, { catalog: this.#catalog });
    this.#tableId = table.stored.id;
    return this.#changes.read(table, after, RECORDS_PER_CALL);
  }
}
