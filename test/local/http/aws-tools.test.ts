import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Clock } from '../../../local/clock.ts';
import { plinthTools } from '../../../local/http/aws-tools.ts';
import { Inbox } from '../../../local/inbox.ts';

const inbox = new Inbox();
const clock = new Clock();
let server: Server;
let url: string;

beforeAll(async () => {
  const report = { used: [], denied: [], granted: [], unused: [], names: {} };
  const logs = [{ at: '2026-01-01T00:00:00.000Z', level: 'info' as const, source: 'f', message: 'hello' }];
  const tools = plinthTools({
    inbox,
    clock,
    logs: () => logs,
    dump: async () => ({ dynamodb: {} }),
    serviceTool: () => undefined,
    accessReport: () => report,
  });
  server = createServer(tools);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/_plinth`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(() => inbox.clear());

const rawStatus = (headers: Record<string, string>, method = 'GET', path = '/_plinth/inbox'): Promise<number | undefined> =>
  new Promise((done, failed) => {
    const { port } = server.address() as AddressInfo;
    const sent = httpRequest({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      response.resume();
      done(response.statusCode);
    });
    sent.on('error', failed).end();
  });

describe('plinthTools', () => {
  it.each([
    ['a foreign host name', { host: 'rebound.example' }],
    ['our name with another port', { host: '127.0.0.1:1' }],
    ['a page of a web site', { origin: 'https://evil.example' }],
    ['a page without an origin', { origin: 'null' }],
    ['a link from a web site', { 'sec-fetch-site': 'cross-site' }],
  ])('refuses %s', async (_name, headers: Record<string, string>) => {
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await rawStatus({ host, ...headers })).toBe(403);
    expect(await rawStatus({ host, ...headers }, 'DELETE')).toBe(403);
  });

  it.each([
    ['GET', '/nothing', 404],
    ['POST', '/inbox', 405],
    ['DELETE', '/clock', 405],
  ])('answers %s %s with %d', async (method, path, status) => {
    expect((await fetch(url + path, { method })).status).toBe(status);
  });

  it.each(['', 'no json', '{}', '{"now":"yesterday"}', '{"advanceMs":"1"}', 'null', '[]'])('refuses the clock input %p', async (body) => {
    const before = clock.offsetMs;
    expect((await fetch(`${url}/clock`, { method: 'PUT', body })).status).toBe(400);
    expect(clock.offsetMs).toBe(before);
  });

  it('serves a page of this machine on another port, as a console in development', async () => {
    expect((await fetch(`${url}/logs`, { headers: { origin: 'http://localhost:5173' } })).status).toBe(200);
  });

  it('lists the inbox, of all or of one recipient, and clears it', async () => {
    inbox.deliver({ at: '2026-01-01T00:00:00.000Z', channel: 'email', to: 'ada@example.com', body: 'Your code is 123456', code: '123456' });
    inbox.deliver({ at: '2026-01-01T00:00:01.000Z', channel: 'sms', to: '+15550100', body: 'Hi' });
    const list = async (query = ''): Promise<unknown[]> => (await (await fetch(`${url}/inbox${query}`)).json()) as unknown[];
    expect(await list()).toHaveLength(2);
    expect(await list(`?to=${encodeURIComponent('+15550100')}`)).toEqual([expect.objectContaining({ channel: 'sms', body: 'Hi' })]);
    expect((await fetch(`${url}/inbox`, { method: 'DELETE' })).status).toBe(204);
    expect(await list()).toEqual([]);
  });

  it('shows the inbox as a page that runs and loads nothing', async () => {
    inbox.deliver({
      at: '2026-01-01T00:00:00.000Z',
      channel: 'email',
      to: '<script>alert(1)</script>',
      subject: '"><img src=x>',
      body: "'&<b>",
    });
    const response = await fetch(`${url}/`);
    const page = await response.text();
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; /);
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).not.toMatch(/<script|<img|<b>/);
  });

  it('shows the HTML of an e-mail in a frame without any rights, and its files by name', async () => {
    const attachments = [{ filename: '"><script>', type: 'text/plain', sizeBytes: 5 }];
    const html = '<p onclick="x()">Hi</p><script>alert(1)</script>';
    inbox.deliver({ at: '2026-01-01T00:00:00.000Z', channel: 'email', to: 'ada@example.com', body: 'Hi', html, attachments });
    const page = await (await fetch(`${url}/`)).text();
    expect(page).toContain('<iframe sandbox title="HTML" srcdoc="&lt;p onclick=&quot;x()&quot;&gt;Hi&lt;/p&gt;&lt;script&gt;');
    expect(page).toContain('&quot;&gt;&lt;script&gt; (text/plain, 5 bytes)');
    expect(page).not.toContain('<script');
  });

  it('takes e-mails of functions that have no mail server', async () => {
    const mail = { channel: 'email', to: 'ada@example.com', subject: 'Hi', body: 'Hello', html: '<p>Hello</p>' };
    const post = async (body: object): Promise<number> =>
      (await fetch(`${url}/outbound`, { method: 'POST', body: JSON.stringify(body) })).status;
    expect(await post({ ...mail, channel: 'sms' })).toBe(400);
    expect(await post(mail)).toBe(204);
    expect(inbox.list('ada@example.com')[0]).toMatchObject(mail);
  });

  it('sets and moves the clock', async () => {
    const put = async (input: object): Promise<unknown> =>
      (await fetch(`${url}/clock`, { method: 'PUT', body: JSON.stringify(input) })).json();
    expect(await put({ now: '2030-01-01T00:00:00Z' })).toEqual({ now: expect.stringMatching(/^2030-01-01T00:00:0/) });
    expect(await put({ advanceMs: 3_600_000 })).toEqual({ now: expect.stringMatching(/^2030-01-01T01:00:0/) });
    expect(await (await fetch(`${url}/clock`)).json()).toEqual({ now: expect.stringMatching(/^2030-01-01T01:00:0/) });
  });

  it('gives the dump, the access report and the logs', async () => {
    expect(await (await fetch(`${url}/dump`)).json()).toEqual({ dynamodb: {} });
    expect(await (await fetch(`${url}/access-report`)).json()).toEqual({ used: [], denied: [], granted: [], unused: [], names: {} });
    expect(await (await fetch(`${url}/logs`)).json()).toEqual([expect.objectContaining({ message: 'hello' })]);
  });
});
