import { randomUUID } from 'node:crypto';
import { SqliteDatabase, type SqlRow } from '../sqlite-database.ts';
import { FAIR_ORDER_INDEXES, FairOrder } from './fair-order.ts';
import type { MessageAttributes } from './message-attributes.ts';
import type { Queue } from './queue.ts';

/** A message as it is kept. Times are milliseconds since the epoch by the run's clock. */
export interface StoredMessage {
  readonly seq: number;
  readonly id: string;
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly senderId: string;
  readonly sentAt: number;
  readonly firstReceivedAt: number;
  readonly receiveCount: number;
  readonly groupId: string | undefined;
  readonly deduplicationId: string | undefined;
  readonly traceHeader: string | undefined;
  /** The queue from which the message came here as a dead letter. */
  readonly deadLetterSourceArn: string | undefined;
  readonly receipt: string;
}

export interface NewMessage extends Pick<StoredMessage, 'body' | 'attributes' | 'senderId' | 'groupId' | 'traceHeader'> {
  readonly sentAt: number;
  readonly delayMs: number;
  /** What makes a second message the same one, and the id that is shown. Undefined: nothing does. */
  readonly deduplication: { readonly key: string; readonly id: string } | undefined;
}

export interface Sent {
  readonly seq: number;
  readonly id: string;
}

const SCHEMA = `
CREATE TABLE IF NOT EXISTS messages (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, queue TEXT NOT NULL, body TEXT NOT NULL, attributes TEXT NOT NULL,
  sender_id TEXT NOT NULL, sent_at INTEGER NOT NULL, visible_at INTEGER NOT NULL, first_received_at INTEGER, receive_count INTEGER NOT NULL,
  group_id TEXT, deduplication_id TEXT, trace_header TEXT, dead_letter_source_arn TEXT, receipt TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS messages_by_visibility ON messages (queue, visible_at);
CREATE INDEX IF NOT EXISTS messages_by_age ON messages (queue, sent_at);
CREATE UNIQUE INDEX IF NOT EXISTS messages_by_receipt ON messages (receipt) WHERE receipt IS NOT NULL;
CREATE TABLE IF NOT EXISTS deduplications (
  queue TEXT NOT NULL, key TEXT NOT NULL, seq INTEGER NOT NULL, id TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (queue, key)
) STRICT;
CREATE INDEX IF NOT EXISTS deduplications_by_time ON deduplications (until);
CREATE TABLE IF NOT EXISTS settings (queue TEXT PRIMARY KEY, declared TEXT NOT NULL, settings TEXT NOT NULL) STRICT;
${FAIR_ORDER_INDEXES}`;

/** "The deduplication interval is 5 minutes." */
const DEDUPLICATION_MS = 5 * 60_000;
/** Nothing of a group while one of it is in flight, and nothing before what was sent earlier. */
const DUE_IN_ORDER = `
SELECT * FROM messages AS message WHERE queue = ? AND visible_at <= ? AND NOT EXISTS (
  SELECT 1 FROM messages AS other WHERE other.queue = message.queue AND other.group_id = message.group_id AND other.visible_at > ?
    AND (other.receive_count > 0 OR other.seq < message.seq)
) ORDER BY seq LIMIT ?`;

/** The messages of all queues. */
export class MessageStore {
  readonly #database: SqliteDatabase;
  readonly #fairOrder: FairOrder;

  /** @param folder undefined: in memory */
  constructor(folder: string | undefined) {
    this.#database = new SqliteDatabase({ folder, file: 'sqs.sqlite' }, SCHEMA);
    this.#fairOrder = new FairOrder(this.#database);
  }

  /** Runs synchronous work as one write. */
  atOnce<T>(work: () => T): T {
    return this.#database.transaction(work);
  }

  /** Stores messages, all or none. @returns for each its id, or the one of the message that it repeats */
  send(queue: Queue, messages: readonly NewMessage[]): Sent[] {
    return this.#database.transaction(() => messages.map((message) => this.#send(queue, message)));
  }

  /** Takes messages for so long; what has been received too often goes to the dead-letter queue instead. */
  receive(
    queue: Queue,
    options: {
      readonly limit: number;
      readonly now: number;
      readonly visibilityMs: number;
      readonly deadLetters?: DeadLetters | undefined;
    },
  ): { readonly received: StoredMessage[]; readonly moved: number } {
    const { limit, now, visibilityMs, deadLetters } = options;
    return this.#database.transaction(() => {
      const received: StoredMessage[] = [];
      let moved = 0;
      for (let movedBefore = -1; moved > movedBefore && received.length < limit; ) {
        movedBefore = moved;
        for (const row of this.#due(queue, now, limit - received.length)) {
          if (deadLetters !== undefined && Number(row['receive_count']) >= deadLetters.maxReceiveCount) {
            this.#move(row, { from: queue, to: deadLetters.queue, now });
            moved += 1;
          } else received.push(this.#take(row, now, visibilityMs));
        }
      }
      return { received, moved };
    });
  }

  /** @returns whether the receipt was the newest of a message that is still there */
  delete(queue: Queue, receipt: string): boolean {
    return this.#database.run('DELETE FROM messages WHERE queue = ? AND receipt = ?', queue.name, receipt) > 0;
  }

  /** Until when a message is in flight; undefined when the receipt is not the newest of a message that is there. */
  inFlightUntil(queue: Queue, receipt: string): number | undefined {
    const row = this.#database.get('SELECT visible_at FROM messages WHERE queue = ? AND receipt = ?', queue.name, receipt);
    return row === undefined ? undefined : Number(row['visible_at']);
  }

  setVisibleAt(queue: Queue, receipt: string, visibleAt: number): void {
    this.#database.run('UPDATE messages SET visible_at = ? WHERE queue = ? AND receipt = ?', visibleAt, queue.name, receipt);
  }

  purge(queue: Queue): void {
    this.#database.run('DELETE FROM messages WHERE queue = ?', queue.name);
  }

  /** Deletes what is too old. */
  expire(queue: Queue, sentBefore: number): void {
    this.#database.run('DELETE FROM messages WHERE queue = ? AND sent_at < ?', queue.name, sentBefore);
  }

  count(queue: Queue, now: number): { readonly visible: number; readonly inFlight: number; readonly delayed: number } {
    const row = this.#database.get(
      `SELECT count(*) FILTER (WHERE visible_at <= ?1) AS visible, count(*) FILTER (WHERE visible_at > ?1 AND receipt IS NOT NULL) AS in_flight,
       count(*) FILTER (WHERE visible_at > ?1 AND receipt IS NULL) AS delayed FROM messages WHERE queue = ?2`,
      now,
      queue.name,
    );
    return { visible: Number(row?.['visible']), inFlight: Number(row?.['in_flight']), delayed: Number(row?.['delayed']) };
  }

  /** Takes the oldest dead letter out, to where it goes; a message that is redriven is a new one. @returns where to, if there is one */
  redrive(queue: Queue, now: number, destinationOf: (sourceArn: string | undefined) => Queue): Queue | undefined {
    return this.#database.transaction(() => {
      const [row] = this.#due(queue, now, 1);
      if (row === undefined) return undefined;
      const destination = destinationOf(text(row['dead_letter_source_arn']));
      this.#database.run(
        `UPDATE messages SET seq = (SELECT max(seq) + 1 FROM messages), id = ?, queue = ?, sent_at = ?, visible_at = ?, first_received_at = NULL,
         receive_count = 0, dead_letter_source_arn = NULL, receipt = NULL WHERE seq = ?`,
        randomUUID(),
        destination.name,
        now,
        now,
        Number(row['seq']),
      );
      return destination;
    });
  }

  /** Settings that were changed at run time, unless the template has changed since. */
  changedSettings(queue: Queue): Readonly<Record<string, string>> {
    const row = this.#database.get('SELECT declared, settings FROM settings WHERE queue = ?', queue.name);
    return row === undefined || row['declared'] !== JSON.stringify(queue.settings) ? {} : JSON.parse(String(row['settings']));
  }

  saveSettings(queue: Queue, declared: Readonly<Record<string, string>>, changed: Readonly<Record<string, string>>): void {
    const values = [queue.name, JSON.stringify(declared), JSON.stringify(changed)] as const;
    this.#database.run('INSERT OR REPLACE INTO settings VALUES (?, ?, ?)', ...values);
  }

  dump(): Record<string, unknown> {
    const columns = 'id, body, attributes, sent_at, visible_at, receive_count, group_id, deduplication_id, dead_letter_source_arn';
    const rows = this.#database.all(`SELECT queue, ${columns} FROM messages ORDER BY queue, seq`);
    const byQueue = Object.groupBy(rows, ({ queue }) => String(queue));
    return Object.fromEntries(
      Object.entries(byQueue).map(([queue, messages]) => [
        queue,
        (messages ?? []).map(({ queue: _, ...message }) => ({ ...message, attributes: JSON.parse(String(message['attributes'])) })),
      ]),
    );
  }

  close(): void {
    this.#database.close();
  }

  #send(queue: Queue, { deduplication, ...message }: NewMessage): Sent {
    const repeated = deduplication === undefined ? undefined : this.#earlier(queue, deduplication.key, message.sentAt);
    if (repeated !== undefined) return repeated;
    const id = randomUUID();
    const seq = this.#database.insert(
      `INSERT INTO messages (id, queue, body, attributes, sender_id, sent_at, visible_at, receive_count, group_id, deduplication_id, trace_header)
       VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)`,
      id,
      queue.name,
      message.body,
      JSON.stringify(message.attributes),
      message.senderId,
      message.sentAt,
      message.sentAt + message.delayMs,
      message.groupId ?? null,
      deduplication?.id ?? null,
      message.traceHeader ?? null,
    );
    if (deduplication !== undefined) {
      const until = message.sentAt + DEDUPLICATION_MS;
      this.#database.run('INSERT INTO deduplications VALUES (?, ?, ?, ?, ?)', queue.name, deduplication.key, seq, id, until);
    }
    return { seq, id };
  }

  #earlier(queue: Queue, key: string, now: number): Sent | undefined {
    this.#database.run('DELETE FROM deduplications WHERE until <= ?', now);
    const row = this.#database.get('SELECT seq, id FROM deduplications WHERE queue = ? AND key = ?', queue.name, key);
    return row === undefined ? undefined : { seq: Number(row['seq']), id: String(row['id']) };
  }

  #due(queue: Queue, now: number, limit: number): SqlRow[] {
    return queue.fifo ? this.#database.all(DUE_IN_ORDER, queue.name, now, now, limit) : this.#fairOrder.due(queue.name, now, limit);
  }

  #take(row: SqlRow, now: number, visibilityMs: number): StoredMessage {
    const receipt = randomUUID();
    const seq = Number(row['seq']);
    this.#database.run(
      `UPDATE messages SET visible_at = ?, receive_count = receive_count + 1, first_received_at = coalesce(first_received_at, ?), receipt = ?
       WHERE seq = ?`,
      now + visibilityMs,
      now,
      receipt,
      seq,
    );
    return {
      seq,
      id: String(row['id']),
      body: String(row['body']),
      attributes: JSON.parse(String(row['attributes'])),
      senderId: String(row['sender_id']),
      sentAt: Number(row['sent_at']),
      firstReceivedAt: Number(row['first_received_at'] ?? now),
      receiveCount: Number(row['receive_count']) + 1,
      groupId: text(row['group_id']),
      deduplicationId: text(row['deduplication_id']),
      traceHeader: text(row['trace_header']),
      deadLetterSourceArn: text(row['dead_letter_source_arn']),
      receipt,
    };
  }

  /** Dead letters of standard queues keep their age, those of FIFO queues begin anew. */
  #move(row: SqlRow, { from, to, now }: { from: Queue; to: Queue; now: number }): void {
    this.#database.run(
      `UPDATE messages SET seq = (SELECT max(seq) + 1 FROM messages), queue = ?, sent_at = ?, visible_at = ?, first_received_at = NULL,
       receive_count = 0, dead_letter_source_arn = ?, receipt = NULL WHERE seq = ?`,
      to.name,
      to.fifo ? now : Number(row['sent_at']),
      now,
      from.arn,
      Number(row['seq']),
    );
  }
}

export interface DeadLetters {
  readonly queue: Queue;
  readonly maxReceiveCount: number;
}

const text = (value: string | number | null | undefined): string | undefined =>
  value === null || value === undefined ? undefined : String(value);
