import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { eventSource } from '../../contracts/events.ts';
import { outputs } from '../../contracts/outputs.ts';
import type { Person } from '../data/relations-backend.ts';
import { FunctionsBackend } from './functions-backend.ts';

let backend: FunctionsBackend;
let ann: Person;

beforeAll(async () => {
  backend = await FunctionsBackend.start('python-app');
  ann = await backend.person();
});
afterAll(() => backend.stop());

const effects = () =>
  backend.lines.flatMap(({ text }) => {
    const json = /effect (\{.*\}) done/.exec(text)?.[1];
    return json === undefined ? [] : [JSON.parse(json)];
  });
const create = (text: string) => backend.call(ann, { method: 'POST', path: '/data/Note', body: { text } });

describe('A function in Python', () => {
  it('gets events, its variables, its own modules and what it may use of the backend, without the tables themselves', async () => {
    await create('hello');
    const [effect] = await backend.until(() => (effects().length > 0 ? effects() : undefined), 30_000);
    expect(effect).toMatchObject({
      event: { kind: 'event', event: { type: 'Note.created', data: { new: { text: 'hello', owner: ann.id } } } },
      tables: [],
      notes: ['hello'],
      greeting: 'hello',
      total: 3,
    });
  });

  it('does nothing again when an event comes twice', async () => {
    const { endpointUrl: endpoint, region, credentials } = backend.local;
    const bus = new EventBridgeClient({ endpoint, region, credentials });
    const [{ event }] = effects().map(({ event: run }) => run);
    const [before, EventBusName] = [effects().length, backend.local.outputs[outputs.eventBusName]];
    const put = (detail: { readonly id: string }) => ({
      Source: eventSource,
      DetailType: event.type,
      Detail: JSON.stringify(detail),
      EventBusName,
    });
    await bus.send(new PutEventsCommand({ Entries: [put(event), put(event), put({ ...event, id: 'another' })] }));
    bus.destroy();
    await backend.until(() => effects().some(({ event: run }) => run.event.id === 'another') || undefined, 30_000);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(effects()).toHaveLength(before + 1);
  });

  it('FI08 has what it failed at again by itself, and the rest once', async () => {
    await Promise.all([create('poison'), create('fine')]);
    const find = () => effects().filter(({ event }) => event.event?.data.new.text === 'fine');
    await backend.until(() => find().length > 0 || undefined);
    await backend.until(() => (backend.logged().match(/ValueError: poison/g)?.length ?? 0) > 0 || undefined);
    backend.local.clock.advance(151_000);
    await backend.until(() => (backend.logged().match(/ValueError: poison/g)?.length ?? 0) > 1 || undefined);
    expect(find()).toHaveLength(1);
  });

  it('runs by the clock, at the times of its zone', async () => {
    const now = backend.local.clock.now();
    const next = new Date(now);
    next.setUTCDate(next.getUTCDate() + 1);
    next.setUTCHours(4, 0, 1, 0);
    backend.local.clock.set(next);
    const run = await backend.until(() => effects().find(({ event }) => event.kind === 'schedule'), 30_000);
    expect(run.event.dueAt).toMatch(/T0[12]:00:00/);
  });
});
