import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { FileEntry, UploadReply } from '../contracts/files.ts';
import { type LocalBackend, startLocal } from '../local/local-backend.ts';
import { newPerson } from '../test/data/relations-backend.ts';
import { signUpUser } from '../test/support/start-local.ts';
import { synthesized } from './assembly.ts';
import type { Measure, Measurement } from './measurement.ts';

/** Requests to AWS by `service:Operation`. */
type Requests = Readonly<Record<string, number>>;

/** What a step asks of AWS: requests, DynamoDB's units, and the invocations that it takes. */
interface Cost {
  readonly requests: Requests;
  readonly read: number;
  readonly write: number;
}

interface Step {
  readonly what: string;
  /** What no implementation could go below, and why. */
  readonly minimum: Requests;
  readonly why: string;
}

/** Dollars a million in us-east-1. */
const prices = { api: 1, invocation: 0.2, read: 0.125, write: 0.625, sqs: 0.4, sns: 0.5, s3Write: 5, s3Read: 0.4, cdn: 1 } as const;
/** Operations of S3 that are billed as writes, and those that are free. */
const s3Writes = ['s3:PostObject', 's3:ListObjectsV2', 's3:CopyObject'];
const free = ['s3:DeleteObjects', 'cloudfront:POST'];

const priceOf = (operation: string): number => {
  if (free.includes(operation) || operation.startsWith('dynamodb:')) return 0;
  if (operation.startsWith('s3:')) return s3Writes.includes(operation) ? prices.s3Write : prices.s3Read;
  return operation.startsWith('sqs:') ? prices.sqs : operation.startsWith('sns:') ? prices.sns : 0;
};
const dollars = ({ requests, read, write }: Cost): number =>
  Object.entries(requests).reduce((sum, [operation, count]) => sum + count * priceOf(operation), read * prices.read + write * prices.write);

const photo = readFileSync(join(import.meta.dirname, '..', 'examples', 'photos', 'sea.jpg'));
const quietMs = 1_200;

/** What has been asked of AWS since the last reset, once nothing more comes: work behind queues and streams counts. */
const settledCost = async (backend: LocalBackend): Promise<Cost> => {
  const look = (): string => JSON.stringify(backend.counts());
  for (let before = ''; before !== look(); await pause(quietMs)) before = look();
  const counted = Object.entries(backend.counts());
  return {
    requests: Object.fromEntries(counted.map(([operation, { requests }]) => [operation, requests])),
    read: counted.reduce((sum, [, { readUnits }]) => sum + readUnits, 0),
    write: counted.reduce((sum, [, { writeUnits }]) => sum + writeUnits, 0),
  };
};

const total = (requests: Requests): number => Object.values(requests).reduce((sum, count) => sum + count, 0);
const format = ({ requests, read, write }: Cost): string => {
  const named = Object.entries(requests).sort(([left], [right]) => left.localeCompare(right));
  const units = [read > 0 ? `${read} RCU` : '', write > 0 ? `${write} WCU` : ''];
  return [...named.map(([operation, count]) => `${count} ${operation}`), ...units].filter((part) => part !== '').join(', ') || 'none';
};

/** A user of the photos example, and the requests that each step asks of AWS. */
class Session {
  readonly #backend: LocalBackend;
  readonly #token: string;
  readonly rows: Measurement[] = [];
  readonly costs = new Map<string, Cost>();

  constructor(backend: LocalBackend, token: string) {
    this.#backend = backend;
    this.#token = token;
  }

  async call<T>(method: string, path: string, body?: object): Promise<T> {
    const headers = { authorization: `Bearer ${this.#token}`, ...(body && { 'content-type': 'application/json' }) };
    const answer = await fetch(`${this.#backend.apiUrl}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  async settle(): Promise<void> {
    await settledCost(this.#backend);
  }

  /** Runs a step, counts what it asks of AWS, and compares it with the least. */
  async measure<T>({ what, minimum, why }: Step, run: () => Promise<T>): Promise<T> {
    await this.settle();
    this.#backend.resetCounts();
    const result = await run();
    const cost = await settledCost(this.#backend);
    this.costs.set(what, cost);
    const met = Object.entries(cost.requests).every(([operation, count]) => count <= (minimum[operation] ?? 0));
    this.rows.push({ what: `AWS requests: ${what}`, measured: format(cost), bound: `${total(minimum)} requests (${why})`, met });
    return result;
  }
}

const begin = (session: Session): Promise<UploadReply> =>
  session.call('POST', '/files/photos', { name: 'sea.jpg', type: 'image/jpeg', sizeBytes: photo.length });

const send = async ({ upload }: UploadReply): Promise<void> => {
  if (upload.kind !== 'post') throw new Error('the photo goes in parts');
  const form = new FormData();
  for (const [name, value] of Object.entries(upload.fields)) form.set(name, value);
  form.set('file', new Blob([new Uint8Array(photo)]));
  const { status } = await fetch(upload.url, { method: 'POST', body: form });
  if (status !== 204) throw new Error(`S3 answered ${status}`);
};

const measureFiles = async (session: Session): Promise<void> => {
  // The first request of a function opens its connection, and reads the key that signs links.
  const first = await begin(session);
  await send(first);
  await session.settle();
  await session.call('GET', `/files/photos/${first.file.id}/link`);
  await session.call('DELETE', `/files/photos/${first.file.id}`);
  const reply = await session.measure(
    { what: 'begin an upload', minimum: { 'dynamodb:TransactWriteItems': 1 }, why: 'file and usage in one transaction' },
    () => begin(session),
  );
  const arrival = { 's3:PostObject': 1, 's3:GetObject': 1, 'dynamodb:GetItem': 1, 'dynamodb:UpdateItem': 1 };
  await session.measure({ what: 'its bytes, until it is ready', minimum: arrival, why: 'the form; first bytes, row, outcome' }, () =>
    send(reply),
  );
  const path = `/files/photos/${reply.file.id}`;
  const get = { 'dynamodb:GetItem': 1 };
  const { url = '' } = await session.measure({ what: 'read a file', minimum: get, why: 'one get' }, () =>
    session.call<FileEntry>('GET', path),
  );
  await session.measure({ what: 'a link', minimum: get, why: 'one get; signing asks nobody' }, () => session.call('GET', `${path}/link`));
  await session.measure({ what: 'list own files', minimum: { 'dynamodb:Query': 1 }, why: 'one query' }, () =>
    session.call('GET', '/files/photos?owner=me'),
  );
  await session.measure({ what: 'a download by the CDN', minimum: {}, why: 'no function runs' }, () => fetch(url));
  const rows = { 'dynamodb:GetItem': 1, 'dynamodb:TransactWriteItems': 1 };
  const bytes = { 's3:ListObjectsV2': 1, 's3:DeleteObjects': 1, 'cloudfront:POST': 1 };
  await session.measure(
    {
      what: 'delete a file with variants',
      minimum: { ...rows, ...bytes },
      why: 'row and usage; which variants there are; the bytes; the CDN',
    },
    () => session.call('DELETE', path),
  );
};

const measureDevices = async (session: Session): Promise<void> => {
  const register = (token: string) => () => session.call('POST', '/push/devices', { platform: 'fcm', token });
  await register('the-token-of-another-phone')();
  const known = { 'dynamodb:Query': 1, 'dynamodb:UpdateItem': 1 };
  const fresh = { ...known, 'sns:CreatePlatformEndpoint': 1, 'dynamodb:TransactWriteItems': 1, 'sns:Subscribe': 1 };
  await session.measure(
    { what: 'register a phone', minimum: fresh, why: 'the user; the endpoint; what is to be; the topic of all; what is' },
    register('the-token-of-a-phone'),
  );
  await session.measure(
    { what: 'register it again', minimum: { ...known, 'sns:SetEndpointAttributes': 1 }, why: 'the user; the endpoint, enabled; when' },
    register('the-token-of-a-phone'),
  );
};

const measureMessages = async (admin: Session, userId: string): Promise<void> => {
  const send = (to: object) => () => admin.call('POST', '/push/messages', { to, title: 'Hello', body: 'It works.' });
  await send({ users: ['nobody'] })();
  const accepted = { 'dynamodb:PutItem': 1, 'sqs:SendMessage': 1 };
  const carried = { 'dynamodb:BatchGetItem': 1, 'dynamodb:Query': 1, 'sqs:SendMessageBatch': 1, 'sns:Publish': 2 };
  await admin.measure(
    {
      what: 'a message to two phones of a user',
      minimum: { ...accepted, ...carried, 'dynamodb:TransactWriteItems': 2, 'dynamodb:UpdateItem': 4 },
      why: 'log, queue; the user, the devices; two pushes, two results, where the message is',
    },
    send({ users: [userId] }),
  );
  await admin.measure(
    {
      what: 'a message to a topic',
      minimum: { ...accepted, 'dynamodb:Query': 16, 'dynamodb:UpdateItem': 6, 'sns:Publish': 2 },
      why: 'log, queue; SNS in two languages, however many phones; 16 shards of browsers',
    },
    send({ topic: 'announcements' }),
  );
};

const million = (what: string, price: number, parts: string): Measurement => ({
  what: `AWS list price of a million: ${what}`,
  measured: `$${price.toFixed(2)}`,
  bound: `none (${parts})`,
  met: true,
});

/** What a million costs, without the time that functions run: about 20 ms each, $0.13 at 512 MB. */
const priceRows = ({ costs }: Session, messages: Session): readonly Measurement[] => {
  const of = (what: string): number => {
    const cost = costs.get(what) ?? messages.costs.get(what);
    if (cost === undefined) throw new Error(`"${what}" was not measured`);
    return dollars(cost);
  };
  const call = prices.api + prices.invocation;
  // S3's notification, the receipt and the deletion of the message, one for each file at the worst; the stream wakes the sweeper twice.
  const behindUploads = 3 * prices.sqs + 3 * prices.invocation;
  return [
    million(
      'uploads',
      call + of('begin an upload') + of('its bytes, until it is ready') + behindUploads,
      'API, 4 invocations, DynamoDB, S3, SQS',
    ),
    million('links', call + of('a link'), 'API, 1 invocation, 1 get'),
    million('downloads', prices.cdn, 'CloudFront over HTTPS; $0.085 a GB on top, both after what is free each month'),
    million('pushes to single phones', of('a message to two phones of a user') / 2, 'half of a message to two: SNS, SQS, DynamoDB'),
    million('pushes to phones by a topic', prices.sns, 'SNS’s deliveries; the message itself is a constant'),
  ];
};

/** What calls of files and push ask of AWS, work behind queues included, against the arithmetic minimum. */
export const measureFilesAndPush: Measure = async () => {
  const backend = await startLocal({ assembly: synthesized('examples/photos/app.ts') });
  try {
    const { accessToken } = await signUpUser(backend);
    const session = new Session(backend, accessToken);
    const { owner = '' } = (await begin(session)).file;
    await measureFiles(session);
    await measureDevices(session);
    const admin = new Session(backend, (await newPerson(backend, ['admins'])).token);
    await measureMessages(admin, owner);
    return [...session.rows, ...admin.rows, ...priceRows(session, admin)];
  } finally {
    await backend.dispose();
  }
};
