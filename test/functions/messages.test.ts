import { GetQueueAttributesCommand, ListQueuesCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { newToken, type Person } from '../data/relations-backend.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { type Body, FunctionsBackend } from './functions-backend.ts';

let backend: FunctionsBackend;
let sqs: SQSClient;
let ann: Person;

beforeAll(async () => {
  backend = await FunctionsBackend.start('messages-app');
  const { endpointUrl: endpoint, region, credentials } = backend.local;
  sqs = new SQSClient({ endpoint, region, credentials });
  ann = await backend.person();
});
afterAll(async () => {
  sqs.destroy();
  await backend.stop();
});

/** What functions say they have done. */
const effects = (): readonly string[] => backend.lines.flatMap(({ text }) => /^effect (.*) done/.exec(text)?.[1] ?? []);
const count = (text: string): number => effects().filter((effect) => effect === text).length;
const settled = (ms = 400): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const send = (body: Body) => backend.run(ann, 'send', body);

const queueUrl = async (part: RegExp): Promise<string> => {
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  const url = QueueUrls.find((one) => part.test(one));
  if (url === undefined) throw new Error(`no queue is called ${part}: ${QueueUrls.join(' ')}`);
  return url;
};
const waiting = async (part: RegExp): Promise<number> => {
  const url = await queueUrl(part);
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
  return Number(Attributes?.['ApproximateNumberOfMessages']) + Number(Attributes?.['ApproximateNumberOfMessagesNotVisible']);
};
/** Lets failed messages come back until one is among the dead letters. */
const untilDead = (part: RegExp): Promise<number> =>
  backend.until(async () => {
    backend.local.clock.advance(31_000);
    await settled(100);
    return (await waiting(part)) || undefined;
  });

describe('A queue of a function', () => {
  it.each([
    ['of another type', { id: 'x', mode: 'fine' }, '/id', 'invalid_type'],
    ['without a field', { id: 50 }, '/mode', 'required'],
    ['that is none', null, '', 'invalid_type'],
  ])('takes no message %s: who sends it is told the place, and nothing is sent', async (_, message, pointer, code) => {
    const answer = await send({ messages: [message] });
    expect(answer.json).toMatchObject({ fault: { code: 'validation_failed', errors: [{ pointer, code }] } });
    expect(await waiting(/workerMessagesQueue/)).toBe(0);
  });

  it('FI08 FI11 hands over ten messages, does nine once, and puts the poisonous one aside after five tries', async () => {
    const messages = Array.from({ length: 10 }, (_, id) => ({ id, mode: id === 4 ? 'poison' : 'fine' }));
    expect((await send({ messages })).status).toBe(200);
    await backend.until(() => effects().filter((effect) => effect.startsWith('fine')).length === 9 || undefined);
    await settled();
    expect(await untilDead(/workerMessagesDeadLetters/)).toBe(1);
    for (const { id, mode } of messages) expect(count(`fine ${id}`)).toBe(mode === 'fine' ? 1 : 0);
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: await queueUrl(/workerMessagesDeadLetters/) }));
    expect(JSON.parse(Messages[0]?.Body ?? '')).toEqual({ kind: 'message', message: { id: 4, mode: 'poison' } });
    expect(backend.logged().match(/the function failed, and will be tried again[^\n]*\nError: poison/g)).toHaveLength(5);
    expect(await waiting(/workerMessagesQueue/)).toBe(0);
  });

  it('FI09 goes by messages, whatever the function returns, and tries again what failed', async () => {
    expect(
      (
        await send({
          messages: [
            { id: 20, mode: 'odd' },
            { id: 21, mode: 'late' },
          ],
        })
      ).status,
    ).toBe(200);
    await backend.until(() => count('odd 20') || undefined);
    await backend.until(async () => {
      backend.local.clock.advance(31_000);
      await settled(100);
      return count('late 21') || undefined;
    });
    expect([count('odd 20'), count('late 21')]).toEqual([1, 1]);
    expect(await waiting(/workerMessagesQueue/)).toBe(0);
  });

  it('does what was done in a run that was cut off no second time, and the rest again', async () => {
    const messages = [
      { id: 40, mode: 'fine' },
      { id: 41, mode: 'hangs' },
    ];
    expect((await send({ messages })).status).toBe(200);
    await backend.until(() => count('fine 40') || undefined);
    await backend.until(() => /timed out/i.test(backend.logged()) || undefined);
    await backend.until(async () => {
      backend.local.clock.advance(31_000);
      await settled(200);
      return count('hangs 41') || undefined;
    });
    await backend.until(async () => (await waiting(/workerMessagesQueue/)) === 0 || undefined);
    expect([count('fine 40'), count('hangs 41')]).toEqual([1, 1]);
  });

  it('puts aside what is not as the schema says, and never shows it to the function', async () => {
    const before = await waiting(/workerMessagesDeadLetters/);
    const QueueUrl = await queueUrl(/workerMessagesQueue/);
    await sqs.send(
      new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify({ kind: 'message', message: { id: 'x', mode: 'fine' } }) }),
    );
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'no JSON' }));
    await backend.until(async () => {
      backend.local.clock.advance(31_000);
      await settled(100);
      return (await waiting(/workerMessagesDeadLetters/)) === before + 2 || undefined;
    });
    expect(effects().some((effect) => effect.includes('x'))).toBe(false);
  });

  it('refuses a delay that SQS does not take', async () => {
    const token = await newToken(backend.local.apiUrl, ann.email);
    ann = { ...ann, token };
    expectProblem(await send({ messages: [{ id: 30, mode: 'fine' }], delaySeconds: 901 }), { status: 500, code: 'internal_error' });
    expect(backend.logged()).toContain('delaySeconds is 901');
  });
});

describe('Events', () => {
  const note = (call: Body) => backend.call(ann, call);
  const create = async (text: string, loud = true): Promise<string> =>
    (await note({ method: 'POST', path: '/data/Note', body: { text, loud } })).json.id;

  it('hands over changes of records with both images, and only those that `when` takes', async () => {
    await create('quiet', false);
    const id = await create('a');
    await note({
      method: 'PATCH',
      path: `/data/Note/${id}`,
      body: { text: 'b' },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    await note({ method: 'DELETE', path: `/data/Note/${id}` });
    await backend.until(() => count('Note.deleted b to undefined') || undefined);
    await backend.until(() => count('Note.created undefined to a') || undefined);
    await backend.until(() => count('Note.updated a to b') || undefined);
    expect(effects().some((effect) => effect.includes('quiet'))).toBe(false);
  });

  it('tries again what failed, and does nothing twice', async () => {
    await create('fails once');
    await backend.until(async () => {
      backend.local.clock.advance(91_000);
      await settled(100);
      return count('Note.created undefined to fails once') || undefined;
    });
    expect(count('Note.created undefined to fails once')).toBe(1);
    expect(count('Note.created undefined to a')).toBe(1);
  });

  it('FI11 does an event once that is delivered twice', async () => {
    const event = {
      id: 'event-7',
      type: 'order.shipped',
      time: new Date().toISOString(),
      depth: 2,
      actor: 'ann',
      data: { orderId: 'o-7' },
    };
    const MessageBody = JSON.stringify({ source: 'plinth', 'detail-type': event.type, detail: event });
    const QueueUrl = await queueUrl(/effectseffectseventsEventsQueue/);
    await Promise.all([0, 1, 2].map(() => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }))));
    await backend.until(async () => {
      await settled(100);
      if ((await waiting(/effectseffectseventsEventsQueue/)) === 0) return true;
      backend.local.clock.advance(91_000);
      return undefined;
    });
    expect(count('shipped o-7 by ann at 2')).toBe(1);
  });

  it('are told by functions that `access` lets tell of them, in the name of the caller', async () => {
    ann = { ...ann, token: await newToken(backend.local.apiUrl, ann.email) };
    expect((await send({ orders: ['o-1'] })).status).toBe(200);
    await backend.until(() => count(`shipped o-1 by ${ann.id} at 0`) || undefined);
    expectProblem(await send({ forbidden: true }), { status: 500, code: 'internal_error' });
    expect(backend.logged()).toContain('use.events');
  });
});

describe('A schedule', () => {
  it('FN13 begins no run while another is at work, and does a run once that is due twice', async () => {
    const QueueUrl = await queueUrl(/clockRunsQueue/);
    const run = (dueAt: string) =>
      sqs.send(
        new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify({ kind: 'schedule', schedule: 'rate(1 hour) UTC', dueAt }) }),
      );
    await run('first');
    await backend.until(() => count('begins first') || undefined);
    await run('second');
    await backend.until(() => backend.logged().includes('a run was left out') || undefined);
    await backend.until(() => count('ends first') || undefined);
    await settled();
    expect([count('begins first'), count('begins second')]).toEqual([1, 0]);
    await run('first');
    await backend.until(async () => (await waiting(/clockRunsQueue/)) === 0 || undefined);
    expect(count('begins first')).toBe(1);
  });

  it('runs by the clock', async () => {
    const before = effects().length;
    backend.local.clock.advance(3_600_000);
    await backend.until(
      () =>
        effects()
          .slice(before)
          .some((effect) => effect.startsWith('ends 20')) || undefined,
    );
  });
});
