import { createClient } from '../../client/client.ts';
import type { Person } from '../data/relations-backend.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { type Body, EmailBackend } from './email-backend.ts';

let backend: EmailBackend;
let admin: Person;
let anna: Person;

beforeAll(async () => {
  backend = await EmailBackend.start({ maxPerUserPerHour: 3 });
  [admin, anna] = await Promise.all([backend.person('admins'), backend.person()]);
});
afterAll(() => backend.dispose());

const newAddress = (): string => `to-${crypto.randomUUID()}@example.org`;
const to = (address: string) => ({ to: [{ address }] });
const hello = { subject: 'Hello', text: 'How are you?' };
const values = { number: 'A-17', name: 'Ann', lines: '2 cups', link: 'https://shop.example.com/orders/17' };
const receipt = (more: object = {}) => ({ template: { name: 'receipt', values: { ...values, ...more } } });
const ann = to('ann@example.org');

describe('sendEmail refuses', () => {
  const bad: readonly [string, object, string, string][] = [
    ['nobody', { to: [], ...hello }, '/to', 'validation_failed'],
    ['a recipient without a name', { to: [{}], ...hello }, '/to/0', 'validation_failed'],
    ['a user with an address', { to: [{ userId: 'x', address: 'a@example.org' }], ...hello }, '/to/0', 'validation_failed'],
    ['a recipient twice', { to: [{ address: 'a@example.org' }, { address: 'A@example.org' }], ...hello }, '/to/1', 'validation_failed'],
    ['51 recipients', { to: Array.from({ length: 51 }, (_, n) => ({ address: `a${n}@example.org` })), ...hello }, '/to', 'too_many_items'],
    [
      'WH15 a line break in an address',
      { ...to('ann@example.org\r\nBcc: eve@example.org'), ...hello },
      '/to/0/address',
      'validation_failed',
    ],
    ['WH15 two addresses in one', { ...to('ann@example.org, eve@example.org'), ...hello }, '/to/0/address', 'validation_failed'],
    ['WH15 a name beside an address', { ...to('Ann <ann@example.org>'), ...hello }, '/to/0/address', 'validation_failed'],
    ['WH15 a line break in a subject', { ...ann, ...hello, subject: 'Hi\r\nBcc: eve@example.org' }, '/subject', 'validation_failed'],
    ['WH15 a line feed in a subject', { ...ann, ...hello, subject: 'Hi\nBcc: eve@example.org' }, '/subject', 'validation_failed'],
    [
      'WH15 a line break in a value that is part of the subject',
      { ...ann, ...receipt({ number: '1\r\nBcc: eve@example.org' }) },
      '/template/values/number',
      'validation_failed',
    ],
    [
      'WH15 a line break in the name of a file',
      { ...ann, ...hello, attachments: [{ filename: 'a\r\nX: y', contentBase64: 'YQ==' }] },
      '/attachments/0/filename',
      'validation_failed',
    ],
    [
      'WH15 a line break in the type of a file',
      { ...ann, ...hello, attachments: [{ filename: 'a', type: 'text/plain\r\nX: y', contentBase64: 'YQ==' }] },
      '/attachments/0/type',
      'validation_failed',
    ],
    ['WH16 a link to a script', { ...ann, ...receipt({ link: 'javascript:alert(1)' }) }, '/template/values/link', 'validation_failed'],
    ['WH16 a link to data', { ...ann, ...receipt({ link: ' data:text/html,x' }) }, '/template/values/link', 'validation_failed'],
    ['a template that there is not', { ...ann, template: { name: 'bye' } }, '/template/name', 'validation_failed'],
    ['a template of the language’s own', { ...ann, template: { name: 'constructor' } }, '/template/name', 'validation_failed'],
    [
      'a template without its values',
      { ...ann, template: { name: 'receipt', values: { ...values, name: undefined } } },
      '/template/values/name',
      'validation_failed',
    ],
    ['a value of another type', { ...ann, ...receipt({ name: 5 }) }, '/template/values/name', 'validation_failed'],
    ['a template beside a subject', { ...ann, ...receipt(), subject: 'x' }, '/template', 'validation_failed'],
    ['no subject', { ...ann, text: 'x' }, '/subject', 'validation_failed'],
    ['no text', { ...ann, subject: 'x' }, '/text', 'validation_failed'],
    ['a language without a template', { ...ann, ...hello, locale: 'de' }, '/locale', 'validation_failed'],
    [
      'what is no base64',
      { ...ann, ...hello, attachments: [{ filename: 'a', contentBase64: '<>' }] },
      '/attachments/0/contentBase64',
      'validation_failed',
    ],
    [
      'base64 of which a part is missing',
      { ...ann, ...hello, attachments: [{ filename: 'a', contentBase64: 'YWJjZ' }] },
      '/attachments/0/contentBase64',
      'validation_failed',
    ],
    [
      'a path in the place of the name of a file',
      { ...ann, ...hello, attachments: [{ filename: '../../.profile', contentBase64: 'YQ==' }] },
      '/attachments/0/filename',
      'validation_failed',
    ],
    ['a user that nobody can be', { to: [{ userId: 'a\nb' }], ...hello }, '/to/0/userId', 'validation_failed'],
    ...(
      [
        ['WH15 a line break in a URL to unsubscribe at', 'https://shop.example.com/u/1\r\nBcc: eve@example.org'],
        ['WH15 a bracket in a URL to unsubscribe at', 'https://shop.example.com/u/1>,<https://eve.example.org'],
        ['WH16 a placeholder in a URL to unsubscribe at', 'https://shop.example.com/u/{{recipient}}'],
        ['a URL to unsubscribe at that is too long', `https://shop.example.com/${'a'.repeat(850)}`],
        ['a URL to unsubscribe at without https', 'http://shop.example.com/u/1'],
        ['a URL to unsubscribe at that is a script', 'javascript:alert(1)'],
        ['a URL to unsubscribe at with a password', 'https://me:pass@shop.example.com/u/1'],
        ['a URL to unsubscribe at that nobody can reach', 'https://shop.internal/u/1'],
        ['a URL to unsubscribe at that is none', 'https://[1/u'],
      ] as const
    ).map(([name, unsubscribeUrl]): [string, object, string, string] => [
      name,
      { ...ann, ...hello, unsubscribeUrl },
      '/unsubscribeUrl',
      'validation_failed',
    ]),
    [
      'a URL to unsubscribe at that two recipients share',
      { to: [{ address: 'a@example.org' }, { address: 'b@example.org' }], ...hello, unsubscribeUrl: 'https://shop.example.com/u/1' },
      '/unsubscribeUrl',
      'validation_failed',
    ],
    ['a sender of the caller’s own', { ...ann, ...hello, from: 'eve@example.org' }, '/from', 'unknown_field'],
  ];

  it.each(bad)('%s, and stores and sends nothing', async (_, body, pointer, code) => {
    const before = JSON.stringify(await backend.stored());
    expectProblem(await backend.send(admin, body), { status: 400, code: code as 'validation_failed', pointers: [pointer] });
    expect(JSON.stringify(await backend.stored())).toBe(before);
    expect(backend.mails()).toEqual([]);
  });

  it('attachments that are too much together, with both numbers', async () => {
    const attachments = [1, 2].map((n) => ({ filename: `${n}.bin`, contentBase64: 'A'.repeat(600_000) }));
    const { detail } = expectProblem(await backend.send(admin, { ...ann, ...hello, attachments }), {
      status: 400,
      code: 'payload_too_large',
    });
    expect(detail).toMatch(/has 1200\d{3} bytes .* 1000000 are the most/);
    expect(backend.mails()).toEqual([]);
  });

  it('guests and users', async () => {
    expectProblem(await backend.send(undefined, { ...ann, ...hello }), { status: 401, code: 'unauthenticated' });
    expectProblem(await backend.send(anna, { ...ann, ...hello }), { status: 403, code: 'forbidden' });
    const path = '/email/suppressions/ann%40example.org';
    expectProblem(await backend.call(anna, { path }), { status: 403, code: 'forbidden' });
    expectProblem(await backend.call(anna, { method: 'DELETE', path }), { status: 403, code: 'forbidden' });
    expect(backend.mails()).toEqual([]);
  });
});

describe('sendEmail', () => {
  it('sends to a domain of other letters, as ASCII writes it', async () => {
    const address = 'ann@xn--e1afmkfd.xn--p1ai';
    const { json } = await backend.send(admin, { ...to(address), ...hello });
    await backend.settled(admin, json.id);
    expect(backend.mails(address)).toHaveLength(1);
  });

  it('sends to an address, once', async () => {
    const address = newAddress();
    const answer = await backend.send(admin, { ...to(address), ...hello });
    expect(answer).toMatchObject({ status: 202, json: { sender: admin.id, deliveries: [{ to: { address }, status: 'queued' }] } });
    expect(answer.headers['location']).toBe(`/email/messages/${answer.json.id}`);
    const { deliveries } = await backend.settled(admin, answer.json.id);
    expect(deliveries).toEqual([{ to: { address }, status: 'sent', at: expect.any(String) }]);
    expect(backend.mails(address)).toEqual([expect.objectContaining({ channel: 'email', subject: 'Hello', body: 'How are you?' })]);
  });

  it('sends to a user at the address of the account, and each recipient an e-mail of its own', async () => {
    const address = newAddress();
    const { json } = await backend.send(admin, { to: [{ userId: anna.id }, { address }, { userId: crypto.randomUUID() }], ...hello });
    const { deliveries } = await backend.settled(admin, json.id);
    expect(deliveries.map(({ status }: Body) => status)).toEqual(['sent', 'sent', 'no_address']);
    expect(backend.mails(anna.email)).toHaveLength(1);
    expect(backend.mails(address)).toHaveLength(1);
  });

  it('WH16 escapes values in HTML and evaluates nothing of them', async () => {
    const address = newAddress();
    const name = '"><img src=x onerror=alert(1)>{{constructor}}{{lines}}';
    const { json } = await backend.send(admin, { ...to(address), ...receipt({ name, lines: '1 < 2\n{{number}}' }) });
    await backend.settled(admin, json.id);
    const [mail] = backend.mails(address);
    const escaped = '&quot;&gt;&lt;img src=x onerror=alert(1)&gt;{{constructor}}{{lines}}';
    expect(mail?.html).toBe(
      `<h1>Thank you, ${escaped}</h1><p>1 &lt; 2<br>{{number}}</p><p><a href="https://shop.example.com/orders/17" title="${escaped}">Your order</a></p>`,
    );
    expect(mail?.body).toContain(`Thank you, ${name}`);
    expect(mail?.subject).toBe('Your order A-17');
  });

  it.each([
    ['de', 'Ihre Bestellung A-17'],
    ['de-AT', 'Ihre Bestellung A-17'],
    ['fr', 'Your order A-17'],
  ])('fills in the template in the language nearest to %s', async (locale, subject) => {
    const address = newAddress();
    const { json } = await backend.send(admin, { ...to(address), ...receipt(), locale });
    await backend.settled(admin, json.id);
    expect(backend.mails(address)[0]?.subject).toBe(subject);
  });

  it('sends HTML that MJML was compiled to, with a text made of it', async () => {
    const address = newAddress();
    const template = { name: 'welcome', values: { name: 'Ann', start: 'https://shop.example.com' } };
    const { json } = await backend.send(admin, { ...to(address), template });
    await backend.settled(admin, json.id);
    const [mail] = backend.mails(address);
    expect(mail?.html).toContain('href="https://shop.example.com"');
    expect(mail?.body).toBe('Welcome, Ann\n\nBegin (https://shop.example.com)');
  });

  it('sends every character', async () => {
    const address = newAddress();
    const text = 'a\u0000b\uFFFE\uFFFF \u{1F600}';
    const { json } = await backend.send(admin, { ...to(address), subject: 'Grüße \u{1F600}', text });
    await backend.settled(admin, json.id);
    expect(backend.mails(address)[0]).toMatchObject({ subject: 'Grüße \u{1F600}', body: expect.stringContaining('\uFFFE\uFFFF') });
  });

  it('sends files along', async () => {
    const address = newAddress();
    const bytes = Buffer.alloc(500_000, 7);
    const attachments = [{ filename: 'receipt ü.pdf', type: 'application/pdf', contentBase64: bytes.toString('base64') }];
    const { json } = await backend.send(admin, { ...to(address), ...hello, attachments });
    await backend.settled(admin, json.id);
    expect(backend.mails(address)[0]?.attachments).toEqual([{ filename: 'receipt ü.pdf', type: 'application/pdf', sizeBytes: 500_000 }]);
  });

  it('tells mail programs where to unsubscribe with one click, and the URL is in no log', async () => {
    const address = newAddress();
    // As long as a header of SES takes.
    const unsubscribeUrl = `https://shop.example.com/unsubscribe/t0ken-${'a'.repeat(868 - 43)}`;
    expect(unsubscribeUrl).toHaveLength(868);
    const { json } = await backend.send(admin, { ...to(address), ...receipt(), unsubscribeUrl });
    await backend.settled(admin, json.id);
    expect(backend.mails(address)).toEqual([expect.objectContaining({ unsubscribeUrl, subject: 'Your order A-17' })]);
    const page = await (await fetch(`${backend.local.endpointUrl}/_plinth/?to=${encodeURIComponent(address)}`)).text();
    expect(page).toContain(`POST ${unsubscribeUrl}`);
    expect(await (await fetch(`${backend.local.endpointUrl}/_plinth/logs`)).text()).not.toContain('t0ken');
    expect(JSON.stringify(await backend.stored())).not.toContain('t0ken');
  });

  it('sends a request with the same key once, and refuses the key for another', async () => {
    const address = newAddress();
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const first = await backend.send(admin, { ...to(address), ...hello }, headers);
    const second = await backend.send(admin, { ...to(address), ...hello }, headers);
    expect(second.json.id).toBe(first.json.id);
    expect(second.headers['idempotency-replayed']).toBe('true');
    expectProblem(await backend.send(admin, { ...to(newAddress()), ...hello }, headers), { status: 422, code: 'idempotency_mismatch' });
    await backend.settled(admin, first.json.id);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(backend.mails(address)).toHaveLength(1);
  });

  it('sends an address no more than the definition allows in an hour', async () => {
    const address = newAddress();
    const statuses: string[] = [];
    for (let count = 0; count < 4; count += 1) {
      const { json } = await backend.send(admin, { ...to(address), ...hello });
      statuses.push((await backend.settled(admin, json.id)).deliveries[0].status);
    }
    expect(statuses).toEqual(['sent', 'sent', 'sent', 'rate_limited']);
    expect(backend.mails(address)).toHaveLength(3);
  });

  it('is called by the client, which looks at what came of it', async () => {
    const { email } = createClient({ url: backend.local.apiUrl, accessToken: () => admin.token }).admin;
    const address = newAddress();
    const { id } = await email.send({ to: [{ address }], ...hello }, { idempotencyKey: true });
    await backend.settled(admin, id);
    expect((await email.message(id)).deliveries).toMatchObject([{ to: { address }, status: 'sent' }]);
    await expect(email.suppression(address)).rejects.toMatchObject({ code: 'not_found' });
    await expect(email.unsuppress(address)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('tells of no message that there is not', async () => {
    expectProblem(await backend.call(admin, { path: '/email/messages/1' }), { status: 400, code: 'invalid_id' });
    const path = '/email/messages/01a20fe3-a666-7000-abb8-a987b2fb0dc1';
    expectProblem(await backend.call(admin, { path }), { status: 404, code: 'not_found' });
  });

  it('keeps addresses and texts out of the logs', async () => {
    const address = newAddress();
    const { json } = await backend.send(admin, { ...to(address), subject: 'a secret subject', text: 'a secret text' });
    await backend.settled(admin, json.id);
    const logs = await (await fetch(`${backend.local.endpointUrl}/_plinth/logs`)).text();
    expect(logs).not.toContain(address);
    expect(logs).not.toContain('a secret');
  });
});
