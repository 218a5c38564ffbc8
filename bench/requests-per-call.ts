import { startLocal } from '../local/local-backend.ts';
import { signUpUser } from '../test/support/start-local.ts';
import { synthesized } from './assembly.ts';
import type { Measure, Measurement } from './measurement.ts';

/** DynamoDB's requests and capacity units of one call. */
interface Cost {
  readonly requests: number;
  readonly read: number;
  readonly write: number;
}

interface Call {
  readonly what: string;
  readonly method: string;
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** What no implementation could go below, and why. */
  readonly minimum: Cost & { readonly why: string };
}

/** Records are below 1 KB and stand in their table and in the owner index, so that each write is 2 units. */
const calls: readonly Call[] = [
  {
    what: 'create',
    method: 'POST',
    path: '/data/Memo',
    body: { id: 'memo', text: 'Hello' },
    minimum: { requests: 1, read: 0, write: 2, why: 'one put: record and index' },
  },
  {
    what: 'read',
    method: 'GET',
    path: '/data/Memo/memo',
    minimum: { requests: 1, read: 0.5, write: 0, why: 'one eventually consistent get' },
  },
  {
    what: 'read, consistent',
    method: 'GET',
    path: '/data/Memo/memo?consistent=true',
    minimum: { requests: 1, read: 1, write: 0, why: 'one consistent get' },
  },
  {
    what: 'change a field',
    method: 'PATCH',
    path: '/data/Memo/memo',
    body: { text: 'Changed' },
    minimum: { requests: 1, read: 0, write: 2, why: 'one conditional update: record and index' },
  },
  {
    what: 'replace',
    method: 'PUT',
    path: '/data/Memo/memo',
    body: { text: 'Replaced' },
    minimum: { requests: 1, read: 0, write: 2, why: 'one conditional update: record and index' },
  },
  {
    what: 'list own records',
    method: 'GET',
    path: '/data/Memo',
    minimum: { requests: 1, read: 0.5, write: 0, why: 'one Query of less than 4 KB' },
  },
  {
    what: 'count own records',
    method: 'GET',
    path: '/data/Memo/count',
    minimum: { requests: 1, read: 0.5, write: 0, why: 'one Query of less than 4 KB' },
  },
  {
    what: "read a stranger's record",
    method: 'GET',
    path: '/data/Memo/none',
    minimum: { requests: 1, read: 0.5, write: 0, why: 'one get, which finds nothing' },
  },
  { what: 'delete', method: 'DELETE', path: '/data/Memo/memo', minimum: { requests: 1, read: 0, write: 2, why: 'one conditional delete' } },
  {
    what: 'create with a unique value',
    method: 'POST',
    path: '/data/Named',
    body: { id: 'named', name: 'one', text: 'Hello' },
    minimum: { requests: 1, read: 0, write: 6, why: 'one transaction, at twice the units: record, index, unique value' },
  },
  {
    what: 'look up by a unique value',
    method: 'GET',
    path: '/data/Named/by/name/one',
    minimum: { requests: 2, read: 1, write: 0, why: 'the unique value, then the record' },
  },
  {
    what: 'change another field of it',
    method: 'PATCH',
    path: '/data/Named/named',
    body: { text: 'Changed' },
    minimum: { requests: 1, read: 0, write: 2, why: 'one conditional update: record and index' },
  },
  {
    what: 'refuse a body that breaks the schema',
    method: 'POST',
    path: '/data/Memo',
    body: { text: 1 },
    minimum: { requests: 0, read: 0, write: 0, why: 'the database is not asked' },
  },
];

const format = ({ requests, read, write }: Cost): string => `${requests} request${requests === 1 ? '' : 's'}, ${read} RCU, ${write} WCU`;

/** What each call asks of DynamoDB, counted at the endpoint, against the arithmetic minimum. */
export const measureRequestsPerCall: Measure = async () => {
  const backend = await startLocal({ assembly: synthesized('bench/memos-app.ts') });
  try {
    const { accessToken } = await signUpUser(backend);
    const send = async ({ method, path, body }: Call): Promise<void> => {
      const headers = { authorization: `Bearer ${accessToken}`, ...(body && { 'content-type': 'application/json' }) };
      const answer = await fetch(`${backend.apiUrl}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
      if (answer.status >= 500) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
    };
    // The first request of a function also opens its connection with a get.
    await send({ ...(calls[1] as Call) });
    const rows: Measurement[] = [];
    for (const call of calls) {
      backend.resetCounts();
      await send(call);
      const counted = Object.entries(backend.counts()).filter(([operation]) => operation.startsWith('dynamodb:'));
      const cost = {
        requests: counted.reduce((sum, [, traffic]) => sum + traffic.requests, 0),
        read: counted.reduce((sum, [, traffic]) => sum + traffic.readUnits, 0),
        write: counted.reduce((sum, [, traffic]) => sum + traffic.writeUnits, 0),
      };
      const { minimum } = call;
      rows.push({
        what: `DynamoDB of a call: ${call.what}`,
        measured: format(cost),
        bound: `${format(minimum)} (${minimum.why})`,
        met: cost.requests <= minimum.requests && cost.read <= minimum.read && cost.write <= minimum.write,
      });
    }
    return rows;
  } finally {
    await backend.dispose();
  }
};
