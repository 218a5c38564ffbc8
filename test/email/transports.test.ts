import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Person } from '../data/relations-backend.ts';
import { until } from '../support/until.ts';
import { type Body, EmailBackend } from './email-backend.ts';
import { SmtpServer } from './smtp-server.ts';

const attachments = [{ filename: 'a.txt', type: 'text/plain', contentBase64: Buffer.from('hello').toString('base64') }];
/** Longer than a line may be folded at. */
const unsubscribeUrl = `https://shop.example.com/unsubscribe/${'a1B2'.repeat(60)}?list=news,tips&x=%C3%BC`;
const message = { subject: 'Grüße', text: 'How are you?', html: '<p>How are you?</p>', attachments, unsubscribeUrl };
const ann = { to: [{ address: 'ann@example.org' }] };

const sendTo = async (backend: EmailBackend, admin: Person): Promise<Body> => {
  const { json } = await backend.send(admin, { ...ann, ...message });
  return (await backend.settled(admin, json.id)).deliveries[0];
};

describe.each(['smtp', 'resend'] as const)('The transport %s', (transport) => {
  it('puts e-mails into the inbox where no secret is given on a developer’s machine', async () => {
    const backend = await EmailBackend.start({ transport });
    const admin = await backend.person('admins');
    expect((await sendTo(backend, admin)).status).toBe('sent');
    expect(backend.mails('ann@example.org')).toEqual([
      expect.objectContaining({
        channel: 'email',
        subject: 'Grüße',
        body: 'How are you?',
        html: '<p>How are you?</p>',
        attachments: [{ filename: 'a.txt', type: 'text/plain', sizeBytes: 5 }],
        unsubscribeUrl,
      }),
    ]);
    await backend.dispose();
  });
});

describe('The transport smtp', () => {
  it('hands e-mails to the mail server, and gives up what it refuses', async () => {
    const server = await SmtpServer.start();
    const secret = JSON.stringify({ host: '127.0.0.1', port: server.port, user: 'me', password: 'pass' });
    const backend = await EmailBackend.start({ transport: 'smtp', secret });
    const admin = await backend.person('admins');
    expect((await sendTo(backend, admin)).status).toBe('sent');
    const [mail] = server.mails;
    expect(mail).toMatchObject({ from: 'hello@example.com', to: ['ann@example.org'], login: '\0me\0pass' });
    expect(mail?.data).toMatch(/^From: Shop <hello@example\.com>\r$/m);
    expect(mail?.data).toMatch(/^To: ann@example\.org\r$/m);
    expect(mail?.data).toMatch(/^Reply-To: help@example\.com\r$/m);
    expect(mail?.data).toMatch(/^Subject: =\?UTF-8\?/m);
    expect(mail?.data).toContain(attachments[0]?.contentBase64);
    expect(mail?.data).toContain(`List-Unsubscribe: <${unsubscribeUrl}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n`);
    expect(backend.mails()).toEqual([]);
    server.recipientReply = '550 no such user';
    expect(await sendTo(backend, admin)).toMatchObject({ status: 'failed', reason: 'smtp_550' });
    expect(server.mails).toHaveLength(1);
    await backend.dispose();
    await server.stop();
  });

  it.each([
    ['whose login it refuses', { loginReply: '535 5.7.8 ann@example.org may not' }, 'smtp_EAUTH_535'],
    ['that does not know whom they are from', { senderReply: '553 hello@example.com is not yours' }, 'smtp_EENVELOPE_553'],
    ['that puts them off', { recipientReply: '451 ann@example.org, later' }, 'smtp_EENVELOPE_451'],
  ])('keeps e-mails for a mail server %s, and the log tells why', async (_, replies, reason) => {
    const server = Object.assign(await SmtpServer.start(), replies);
    const secret = JSON.stringify({ host: '127.0.0.1', port: server.port, user: 'me', password: 'pass' });
    const backend = await EmailBackend.start({ transport: 'smtp', secret });
    const admin = await backend.person('admins');
    const { json } = await backend.send(admin, { ...ann, ...message });
    const logs = async (): Promise<string> => (await fetch(`${backend.local.endpointUrl}/_plinth/logs`)).text();
    expect(await until(logs, (text) => text.includes('could not be sent'))).toContain(reason);
    expect(await logs()).not.toContain('ann@example.org');
    Object.assign(server, { loginReply: '235 OK', senderReply: '250 OK', recipientReply: '250 OK' });
    backend.local.clock.advance(20_000);
    expect((await backend.settled(admin, json.id)).deliveries[0].status).toBe('sent');
    await backend.dispose();
    await server.stop();
  });

  it.each([
    ['no JSON', 'hunter2hunter2', 'holds no JSON'],
    ['something else', '{"url":"smtp://mail.example.com"}', 'must hold JSON'],
  ])('says in the log that its secret holds %s, and not what', async (_, secret, words) => {
    const backend = await EmailBackend.start({ transport: 'smtp', secret });
    await backend.send(await backend.person('admins'), { ...ann, ...message });
    const logs = async (): Promise<string> => (await fetch(`${backend.local.endpointUrl}/_plinth/logs`)).text();
    const text = await until(logs, (all) => all.includes('could not be sent'));
    expect(text).toContain(words);
    expect(text).not.toContain(secret);
    await backend.dispose();
  });

  it('hands e-mails over as soon as its secret is stored', async () => {
    const server = await SmtpServer.start();
    const backend = await EmailBackend.start({ transport: 'smtp' });
    const admin = await backend.person('admins');
    expect((await sendTo(backend, admin)).status).toBe('sent');
    expect([backend.mails().length, server.mails.length]).toEqual([1, 0]);
    const { endpointUrl: endpoint, region, credentials } = backend.local;
    const client = new SecretsManagerClient({ endpoint, region, credentials });
    const SecretString = JSON.stringify({ host: '127.0.0.1', port: server.port });
    await client.send(new CreateSecretCommand({ Name: 'email/transport', SecretString }));
    client.destroy();
    expect((await sendTo(backend, admin)).status).toBe('sent');
    expect([backend.mails().length, server.mails.length]).toEqual([1, 1]);
    await backend.dispose();
    await server.stop();
  });
});

describe('The transport resend', () => {
  let server: Server;
  const requests: { readonly headers: Body; readonly body: Body }[] = [];
  let status = 200;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        requests.push({ headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString()) });
        response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('hands e-mails to the API with a key that makes a repetition harmless, and gives up what it refuses', async () => {
    const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const backend = await EmailBackend.start({ transport: 'resend', secret: JSON.stringify({ apiKey: 're_key', apiUrl }) });
    const admin = await backend.person('admins');
    expect((await sendTo(backend, admin)).status).toBe('sent');
    expect(requests).toHaveLength(1);
    expect(requests[0]?.headers).toMatchObject({ authorization: 'Bearer re_key', 'idempotency-key': expect.stringMatching(/-0$/) });
    expect(requests[0]?.body).toEqual({
      from: 'Shop <hello@example.com>',
      to: ['ann@example.org'],
      reply_to: 'help@example.com',
      subject: 'Grüße',
      text: 'How are you?',
      html: '<p>How are you?</p>',
      attachments: [{ filename: 'a.txt', content: attachments[0]?.contentBase64, content_type: 'text/plain' }],
      headers: { 'List-Unsubscribe': `<${unsubscribeUrl}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
    });
    status = 422;
    expect(await sendTo(backend, admin)).toMatchObject({ status: 'failed', reason: 'http_422' });
    await backend.dispose();
  });
});
