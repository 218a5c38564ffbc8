import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { eventLimits, eventSource } from '../../contracts/events.ts';
import { outputs } from '../../contracts/outputs.ts';
import { EventsBackend } from './events-backend.ts';

let backend: EventsBackend;
let lambda: LambdaClient;

beforeAll(async () => {
  backend = await EventsBackend.start();
  const { endpointUrl: endpoint, region, credentials } = backend.served;
  lambda = new LambdaClient({ endpoint, region, credentials });
});
afterAll(async () => {
  lambda?.destroy();
  await backend?.stop();
});

/** What a function says that sends these events. */
const send = async (events: readonly object[], handled?: object): Promise<string> => {
  const { Payload } = await lambda.send(
    new InvokeCommand({ FunctionName: backend.served.outputs['SenderName'], Payload: Buffer.from(JSON.stringify({ events, handled })) }),
  );
  return JSON.parse(Buffer.from(Payload ?? []).toString());
};

describe('events of the definition', () => {
  it.each([
    ['data that does not fit', { type: 'order.shipped', data: { orderId: 7 } }, 'validation_failed'],
    ['a field that is not in the schema', { type: 'order.shipped', data: { orderId: 'a', more: 1 } }, 'unknown_field'],
    ['a type that its access does not name', { type: 'order.paid', data: { orderId: 'a' } }, 'forbidden'],
    ['a change of a record', { type: 'Note.created', data: { id: 'a' } }, 'forbidden'],
    ['the name of what every object has', { type: 'constructor', data: {} }, 'forbidden'],
    ['what is too large for an event', { type: 'order.shipped', data: { orderId: 'x'.repeat(eventLimits.entryBytes) } }, 'too_large'],
  ])('refuse %s, and send nothing', async (_what, event, code) => {
    const good = { type: 'order.shipped', data: { orderId: crypto.randomUUID() } };
    expect(await send([event])).toContain(code);
    expect(await send([good])).toBe('sent');
    await backend.about(good.data.orderId, 1);
    expect((await backend.seen()).filter(({ data }) => JSON.stringify(data) === JSON.stringify(event.data))).toEqual([]);
  });

  it('are told with the defaults of their schema, and with what they are the outcome of', async () => {
    const orderId = crypto.randomUUID();
    expect(await send([{ type: 'order.shipped', data: { orderId } }], { id: 'evt', depth: 2 })).toBe('sent');
    const [event] = await backend.about(orderId, 1);
    expect(event).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      type: 'order.shipped',
      time: expect.any(String),
      depth: 3,
      cause: 'evt',
      actor: 'somebody',
      data: { orderId, parcels: 1 },
    });
  });

  it('FN05 are not sent beyond the depth at which events that lead to events end', async () => {
    const told = await send([{ type: 'order.shipped', data: { orderId: 'deep' } }], { id: 'evt', depth: eventLimits.maxDepth });
    expect(told).toContain('does the handling of order.shipped lead to itself?');
  });

  it('come in any number at once', async () => {
    const ids = Array.from({ length: 25 }, () => crypto.randomUUID());
    expect(await send(ids.map((orderId) => ({ type: 'order.shipped', data: { orderId } })))).toBe('sent');
    for (const id of ids) await backend.about(id, 1);
  });

  it('cannot be put on the bus by others than functions whose access names them', async () => {
    const { endpointUrl: endpoint, region, outputs: named } = backend.served;
    const stranger = new EventBridgeClient({ endpoint, region, credentials: { accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'x' } });
    const Entries = [{ EventBusName: named[outputs.eventBusName], Source: eventSource, DetailType: 'order.shipped', Detail: '{}' }];
    await expect(stranger.send(new PutEventsCommand({ Entries }))).rejects.toThrow();
    stranger.destroy();
  });
});
