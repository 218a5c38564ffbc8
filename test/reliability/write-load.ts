import { ApiClient, type Call, type Reply } from './api-client.ts';

/** The fields of a record that its client knows, without the server's. */
export type Fields = Readonly<Record<string, string | number>>;

/** What a client knows of one record of its own. */
export interface ExpectedRecord {
  readonly model: 'Item' | 'Named';
  /** Unknown as long as no answer to the create came. */
  readonly id: string | undefined;
  readonly fields: Fields;
  readonly version: number;
}

/** One write on its way: the record before and after it, and the key that makes it safe to send again. */
export interface Write {
  readonly tag: string;
  readonly call: Call;
  readonly before: ExpectedRecord | undefined;
  readonly after: ExpectedRecord | undefined;
  readonly key: string | undefined;
}

/** An answered request with an `Idempotency-Key`. */
export interface AnsweredKey {
  readonly call: Call;
  readonly text: string;
  readonly status: number;
}

const CHANCE_OF_KEY = 0.25;
const CHANCE_OF_TAKEN_NAME = 0.2;
const TAKEN_NAMES = 30;

/**
 * What all clients together know: every acknowledged write by the tag of its record, and the writes without an answer.
 * Every record belongs to one client, which has one request in flight, so what must be stored is never open but for that request.
 */
export class Expectations {
  readonly records = new Map<string, ExpectedRecord>();
  readonly unanswered: Write[] = [];
  /** Keys whose effect was acknowledged. */
  readonly keys = new Map<string, AnsweredKey>();
  /** Violations that answers showed. */
  readonly faults: string[] = [];
  acknowledged = 0;
  refused = 0;

  set(tag: string, record: ExpectedRecord | undefined): void {
    if (record === undefined) this.records.delete(tag);
    else this.records.set(tag, record);
  }

  /** Takes an answer in. */
  answered(write: Write, { status, text }: Reply): void {
    if (status === 409 && text.includes('"not_unique"')) {
      this.refused += 1;
      return;
    }
    if (status >= 500) {
      this.unanswered.push(write);
      return;
    }
    if (status >= 300) {
      this.faults.push(`${write.call.method} ${write.call.path} answered ${status}: ${text}`);
      return;
    }
    this.acknowledged += 1;
    if (write.key !== undefined) this.keys.set(write.key, { call: write.call, text, status });
    const stored = text === '' ? undefined : (JSON.parse(text) as { id: string; version: number });
    if (write.after !== undefined && stored?.version !== write.after.version) {
      this.faults.push(`${write.call.method} ${write.call.path} gave version ${stored?.version}, not ${write.after.version}`);
    }
    this.set(write.tag, write.after && { ...write.after, id: stored?.id });
  }
}

const oneOf = <T>(values: readonly T[]): T => values[Math.floor(Math.random() * values.length)] as T;
const randomText = (): string => crypto.randomUUID();
const newName = (): string => (Math.random() < CHANCE_OF_TAKEN_NAME ? `name-${Math.floor(Math.random() * TAKEN_NAMES)}` : randomText());

function createWrite(): Omit<Write, 'key'> {
  const tag = randomText();
  const model = oneOf(['Item', 'Named'] as const);
  const fields = { tag, group: oneOf(['x', 'y', 'z']), n: 0, ...(model === 'Named' && { name: newName() }) };
  const call = { method: 'POST', path: `/data/${model}`, body: fields };
  return { tag, call, before: undefined, after: { model, id: undefined, fields, version: 1 } };
}

function changeWrite(tag: string, before: ExpectedRecord): Omit<Write, 'key'> {
  const path = `/data/${before.model}/${before.id}`;
  if (Math.random() < 0.25) return { tag, call: { method: 'DELETE', path }, before, after: undefined };
  const changes: Fields = {
    ...(Math.random() < 0.5 && { group: oneOf(['x', 'y', 'z']) }),
    ...(before.model === 'Named' && Math.random() < 0.5 && { name: newName() }),
    n: Number(before.fields['n']) + 1,
  };
  const after = { ...before, fields: { ...before.fields, ...changes }, version: before.version + 1 };
  return { tag, call: { method: 'PATCH', path, body: changes }, before, after };
}

const withKey = (write: Omit<Write, 'key'>): Write => {
  if (Math.random() >= CHANCE_OF_KEY) return { ...write, key: undefined };
  const key = randomText();
  return { ...write, key, call: { ...write.call, headers: { 'idempotency-key': key } } };
};

/** Writes one request after the other until the backend does not answer any more. */
async function runClient(client: ApiClient, expectations: Expectations, tags: string[]): Promise<void> {
  for (;;) {
    const tag = Math.random() < 0.5 ? undefined : oneOf(tags);
    const known = tag === undefined ? undefined : expectations.records.get(tag);
    const write = withKey(tag === undefined || known?.id === undefined ? createWrite() : changeWrite(tag, known));
    try {
      expectations.answered(write, await client.send(write.call));
    } catch {
      expectations.unanswered.push(write);
      return;
    }
    if (write.before === undefined) tags.push(write.tag);
  }
}

/**
 * Lets some clients write until the backend is gone; each changes only records that were there or that are its own.
 *
 * @returns resolves when all clients noticed
 */
export async function writeUntilGone(url: string, token: string, expectations: Expectations, clients: number): Promise<void> {
  const shares = Array.from({ length: clients }, (): string[] => []);
  let next = 0;
  for (const tag of expectations.records.keys()) {
    shares[next % clients]?.push(tag);
    next += 1;
  }
  await Promise.all(
    shares.map(async (tags) => {
      const client = new ApiClient(url, token);
      await runClient(client, expectations, tags);
      client.close();
    }),
  );
}
