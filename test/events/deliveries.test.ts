import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Person } from '../data/relations-backend.ts';
import { ServiceProxy } from '../reliability/service-proxy.ts';
import { type Body, EventsBackend, until } from './events-backend.ts';

let proxy: ServiceProxy;
let backend: EventsBackend;
let ada: Person;

beforeAll(async () => {
  proxy = await ServiceProxy.start();
  const environment = { AWS_ENDPOINT_URL_EVENTBRIDGE: proxy.url, AWS_ENDPOINT_URL_DYNAMODB: proxy.url };
  backend = await EventsBackend.start({ environment });
  proxy.target = backend.served.endpointUrl;
  ada = await backend.person();
});
afterAll(async () => {
  await backend?.stop();
  await proxy?.stop();
});
afterEach(() => {
  proxy.fault = () => undefined;
});

const unavailable = { status: 503, type: 'ServiceUnavailable' } as const;
const effectOf = async (id: string | undefined): Promise<number> => (await backend.effects()).get(id ?? '') ?? 0;
const untilEffect = (id: string | undefined): Promise<number> =>
  until(
    () => effectOf(id),
    (count) => count > 0,
  );
/** Until all in a queue is handled. What met the same event at work waits for its next turn, which a jump of the clock brings. */
const untilHandled = async (queue: string): Promise<void> => {
  let jumpedAt = performance.now();
  await until(
    () => {
      if (performance.now() - jumpedAt > 5_000) {
        jumpedAt = performance.now();
        backend.pass(100);
      }
      return backend.countIn(queue);
    },
    (count) => count === 0,
  );
};
const untilCount = (queue: string, wanted: number, longestMs?: number): Promise<number> =>
  until(
    () => backend.countIn(queue),
    (count) => count === wanted,
    longestMs,
  );

describe('the publisher', () => {
  it('sends again what the bus does not take at once', async () => {
    proxy.failFirst(5, 'PutEvents', unavailable);
    const { id } = await backend.create(ada, 'Note', { title: 'held up' });
    const [event] = await backend.about(id, 1);
    expect(await untilEffect(event?.id)).toBe(1);
  });

  it('FI14 keeps events for an hour in which the bus takes none, and delivers them afterwards', async () => {
    proxy.fault = (operation) => (operation === 'PutEvents' ? unavailable : undefined);
    const { id } = await backend.create(ada, 'Note', { title: 'while the bus is away' });
    const relay = await backend.sourceOf('events');
    backend.pass(120);
    await untilCount(relay, 1, 40_000);
    for (let minutes = 2; minutes < 60; minutes += 6) {
      backend.pass(360);
      expect(await backend.countIn(relay)).toBe(1);
    }
    expect((await backend.seen()).filter(({ data }) => data.id === id)).toEqual([]);
    proxy.fault = () => undefined;
    backend.pass(400);
    const [event] = await backend.about(id, 1);
    expect(event?.data.new.title).toBe('while the bus is away');
    ada = await backend.person();
  });
});

describe('dead letters', () => {
  it('FI10 FI13 have a batch that Lambda gave up told when it is moved back: they name its place in the stream', async () => {
    const { id } = await backend.create(ada, 'Note', { title: 'given up' });
    await backend.about(id, 1);
    const place = await backend.placeOf('Note', id);
    const url = await backend.urlOf(await backend.sourceOf('events'));
    await backend.sqs.send(
      new SendMessageCommand({ QueueUrl: url, MessageBody: JSON.stringify({ version: '1.0', DDBStreamBatchInfo: place }) }),
    );
    const [first, second] = await backend.about(id, 2);
    expect(second).toEqual(first);
  });
});

describe('consumers', () => {
  it('FI11 have one effect of an event that is delivered again and again', async () => {
    const { id } = await backend.create(ada, 'Note', { title: 'often' });
    const [event] = await backend.about(id, 1);
    if (event === undefined) throw new Error('there is no event');
    const queue = await backend.sourceOf('Effect');
    for (let copy = 0; copy < 5; copy += 1) await backend.deliverAgain(queue, event);
    await untilEffect(event.id);
    await untilHandled(queue);
    expect(await effectOf(event.id)).toBe(1);
  });

  it('FI12 end at the newest version when events come in the wrong order, and old ones again', async () => {
    const { id } = await backend.create(ada, 'Note', { title: 'one' });
    const [created] = await backend.about(id, 1);
    if (created === undefined) throw new Error('there is no event');
    await untilEffect(created.id);
    const queue = await backend.sourceOf('Effect');
    // Events that were not handled before, so that the version alone decides.
    for (const version of [4, 3, 2, 5, 1]) {
      const data = { ...created.data, version, new: { ...created.data.new, title: `version ${version}` } };
      const event = { ...created, id: crypto.randomUUID(), data };
      await backend.deliverAgain(queue, event);
      await untilEffect(event.id);
    }
    await untilHandled(queue);
    expect(await backend.newestOf(id)).toMatchObject({ version: 5, title: 'version 5' });
  });

  it('FI12 FI11 are not moved by events of before that come again', async () => {
    const { id } = await backend.create(ada, 'Note', { title: 'one' });
    await backend.call(ada, 'PATCH', `/data/Note/${id}`, { title: 'two' });
    const events = await backend.about(id, 2);
    expect(events.map(({ data }) => data.version)).toEqual([1, 2]);
    expect(new Set(events.map(({ id: eventId }) => eventId)).size).toBe(2);
    for (const event of events) await untilEffect(event.id);
    for (const event of events.toReversed()) await backend.deliverAgain(await backend.sourceOf('Effect'), event);
    await untilHandled(await backend.sourceOf('Effect'));
    for (const event of events) expect(await effectOf(event.id)).toBe(1);
    expect(await backend.newestOf(id)).toMatchObject({ version: 2, title: 'two' });
  });

  it('FI11 try an event again whose handling crashed, after the lease', async () => {
    const { id } = await backend.create(ada, 'Note', { title: 'crash once it is done' });
    const [event] = await backend.about(id, 1);
    await untilEffect(event?.id);
    const queue = await backend.sourceOf('Effect');
    // A crash between the effect and its being remembered: the event comes back, and the effect with it, which is why effects have conditions.
    expect(await backend.countIn(queue)).toBe(1);
    backend.pass(100);
    await until(
      () => effectOf(event?.id),
      (count) => count === 2,
    );
    ada = await backend.person();
  });

  it('FI14 have an event put aside with all that it says when they fail at it again and again', async () => {
    const { id } = await backend.create(ada, 'Note', { title: 'fail' });
    const [event] = await backend.about(id, 1);
    const name = backend.deadLetters('Effect');
    const letters: Body[] = [];
    const isHere = (): boolean => letters.some(({ detail }) => detail.id === event?.id);
    await until(async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      backend.pass(100);
      letters.push(...(await backend.drain(name)));
    }, isHere);
    expect(letters.map(({ detail }) => detail)).toContainEqual(event);
    expect(await effectOf(event?.id)).toBe(0);
  });
});

describe('the publisher and the trigger of Cognito', () => {
  it('need every action that they are granted, and no other', async () => {
    await backend.create(ada, 'Loop', {});
    await untilCount(backend.deadLetters('events'), 1);
    await backend.call(ada, 'DELETE', '/auth/me', { password: 'correct-horse-1' });
    backend.pass(40);
    await until(
      async () => (await backend.about(ada.id, 1)).map(({ type }) => type),
      (types) => types.includes('user.deleted'),
    );
    const report = backend.local?.accessReport();
    const actionsOf = (accesses: readonly { readonly role: string; readonly action: string }[] = []): ReadonlySet<string> =>
      new Set(accesses.filter(({ role }) => /Events(Publisher|Users)Role/.test(role)).map(({ action }) => action));
    expect([...actionsOf(report?.denied)]).toEqual([]);
    const needed = actionsOf(report?.used);
    const idle = [...actionsOf(report?.granted)].filter((action) => !action.startsWith('logs:') && !needed.has(action));
    expect(idle).toEqual([]);
  });
});
