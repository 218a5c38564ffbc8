import type { SqliteDatabase, SqlRow } from '../sqlite-database.ts';

/** For the table of `MessageStore`: the messages of each group, and those of none. */
export const FAIR_ORDER_INDEXES = `
CREATE INDEX IF NOT EXISTS messages_by_group ON messages (queue, group_id, visible_at) WHERE group_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS messages_without_group ON messages (queue, visible_at) WHERE group_id IS NULL;
`;

/** "At least 30 of its own messages in flight" … */
const NOISY_MESSAGES = 30;
/** … "and more than 10% of in-flight messages in the queue." */
const NOISY_SHARE = 0.1;

const IN_FLIGHT = `
SELECT group_id, count(*) AS messages FROM messages WHERE queue = ? AND visible_at > ? AND receipt IS NOT NULL GROUP BY group_id`;
const DUE = 'SELECT * FROM messages WHERE queue = ? AND visible_at <= ? ORDER BY visible_at, seq LIMIT ?';
const DUE_OF_GROUP = 'SELECT * FROM messages WHERE queue = ? AND group_id = ? AND visible_at <= ? ORDER BY visible_at, seq LIMIT ?';
/** Goes from group to group, since noisy ones may have a hundred thousand messages that would have to be read to be passed over. */
const DUE_OF_OTHERS = `
WITH RECURSIVE groups (id) AS (
  SELECT min(group_id) FROM messages WHERE queue = ?1 AND group_id IS NOT NULL
  UNION ALL
  SELECT (SELECT min(group_id) FROM messages WHERE queue = ?1 AND group_id > groups.id) FROM groups WHERE groups.id IS NOT NULL
), quiet (id) AS (SELECT id FROM groups WHERE id IS NOT NULL AND id NOT IN (SELECT value FROM json_each(?3)))
SELECT * FROM messages WHERE seq IN (
  SELECT message.seq FROM quiet CROSS JOIN messages AS message ON message.seq IN (
    SELECT seq FROM messages AS own WHERE queue = ?1 AND group_id = quiet.id AND visible_at <= ?2 ORDER BY visible_at, seq LIMIT ?4
  )
  UNION ALL
  SELECT seq FROM (SELECT seq FROM messages WHERE queue = ?1 AND group_id IS NULL AND visible_at <= ?2 ORDER BY visible_at, seq LIMIT ?4)
) ORDER BY visible_at, seq LIMIT ?4`;

/**
 * Which messages of a standard queue come first. The oldest, but those of groups that hold up the others wait as long as others have some:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues-detailed.html
 *
 * Of AWS's two measures this is the share of messages in flight; the share of processing time is not measured. A message without a group
 * is its own tenant, and so never noisy.
 */
export class FairOrder {
  readonly #database: SqliteDatabase;
  /** By queue. A group stays noisy until it has no message waiting. */
  readonly #noisy = new Map<string, ReadonlySet<string>>();

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  /** The messages that may be received now, first those that come first. */
  due(queue: string, now: number, limit: number): SqlRow[] {
    const oldest = this.#database.all(DUE, queue, now, limit + 1);
    if (oldest.length <= limit) {
      this.#noisy.delete(queue);
      return oldest;
    }
    const noisy = this.#noisyGroups(queue, now);
    if (noisy.length === 0) return oldest.slice(0, limit);
    const rows = this.#database.all(DUE_OF_OTHERS, queue, now, JSON.stringify(noisy), limit);
    for (const group of noisy) {
      if (rows.length < limit) rows.push(...this.#database.all(DUE_OF_GROUP, queue, group, now, limit - rows.length));
    }
    return rows;
  }

  /** "Messages from the noisy tenant with the fewest in-flight messages first." */
  #noisyGroups(queue: string, now: number): string[] {
    const counts = this.#database.all(IN_FLIGHT, queue, now);
    const all = counts.reduce((sum, { messages }) => sum + Number(messages), 0);
    const inFlight = new Map(
      counts.filter(({ group_id }) => group_id !== null).map((row) => [String(row['group_id']), Number(row['messages'])]),
    );
    const found = [...inFlight]
      .filter(([, messages]) => messages >= NOISY_MESSAGES && messages > all * NOISY_SHARE)
      .map(([group]) => group);
    const still = [...(this.#noisy.get(queue) ?? [])].filter((group) => this.#database.all(DUE_OF_GROUP, queue, group, now, 1).length > 0);
    const noisy = new Set([...still, ...found]);
    this.#noisy.set(queue, noisy);
    return [...noisy].sort((one, other) => (inFlight.get(one) ?? 0) - (inFlight.get(other) ?? 0));
  }
}
