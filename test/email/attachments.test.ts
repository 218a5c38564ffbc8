import { createClient, type PlinthClient } from '../../client/client.ts';
import { newToken, type Person } from '../data/relations-backend.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { until } from '../support/until.ts';
import type { definition } from './email-app.ts';
import { type Body, EmailBackend } from './email-backend.ts';
import { SesFaultProxy } from './ses-fault-proxy.ts';

type Client = PlinthClient<typeof definition>;

let backend: EmailBackend;
let proxy: SesFaultProxy;
let admin: Person;
let anna: Person;

beforeAll(async () => {
  proxy = await new SesFaultProxy().start();
  backend = await EmailBackend.start({ files: true }, { environment: { AWS_ENDPOINT_URL_SESV2: proxy.url } });
  proxy.target = backend.local.endpointUrl;
  [admin, anna] = await Promise.all([backend.person('admins'), backend.person()]);
});
afterAll(async () => {
  await backend.dispose();
  await proxy.stop();
});
afterEach(() => {
  proxy.fault = undefined;
});

const clientOf = ({ token }: Person): Client => createClient<typeof definition>({ url: backend.local.apiUrl, accessToken: () => token });
const newAddress = (): string => `to-${crypto.randomUUID()}@example.org`;
const hello = { subject: 'Your bill', text: 'See the file.' };
const pdf = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(90_000, 'x'), Buffer.from('\n%%EOF\n')]);
const upload = async (who: Person, folder: 'invoices' | 'papers', bytes: Uint8Array = pdf, name = 'Rechnung ü.pdf'): Promise<string> => {
  const type = name.endsWith('.zip') ? 'application/zip' : 'application/pdf';
  const { id } = await clientOf(who).files[folder].upload(new Uint8Array(bytes), { name, type });
  return id;
};
const attached = (...files: readonly object[]) => ({ ...hello, attachments: files });
const file = (folder: string, id: string, more: object = {}) => ({ file: { folder, id }, ...more });
const send = (who: Person, address: string, body: object, headers = {}) => backend.send(who, { to: [{ address }], ...body }, headers);
const bill = async (who: Person, body: object, name = 'bill'): Promise<Body> =>
  (await backend.call(who, { method: 'POST', path: `/functions/${name}`, body })).json.result;
const mailTo = async (address: string): Promise<Body> =>
  (
    await until(
      () => backend.mails(address),
      ({ length }) => length > 0,
    )
  )[0];

describe('Attachments that name files are refused', () => {
  it.each([
    ['without bytes and file', [{ filename: 'a' }], '/attachments/0', 'validation_failed'],
    ['with both', [file('invoices', 'x', { contentBase64: 'YQ==', filename: 'a' })], '/attachments/0', 'validation_failed'],
    ['with a type', [file('invoices', 'x', { type: 'text/plain' })], '/attachments/0/type', 'validation_failed'],
    ['that are bytes without a name', [{ contentBase64: 'YQ==' }], '/attachments/0/filename', 'validation_failed'],
    ['by an id that is none', [file('invoices', '../x')], '/attachments/0/file', 'invalid_reference'],
    ['of a folder that there is not', [file('nowhere', crypto.randomUUID())], '/attachments/0/file', 'invalid_reference'],
    ['of the prototype', [file('constructor', crypto.randomUUID())], '/attachments/0/file', 'invalid_reference'],
    [
      'WH15 under a name with a line break',
      [file('invoices', 'x', { filename: 'a\r\nX: y' })],
      '/attachments/0/filename',
      'validation_failed',
    ],
  ])('%s, and nothing is stored', async (_, attachments, pointer, code) => {
    const before = JSON.stringify(await backend.stored());
    const answered = await send(admin, newAddress(), { ...hello, attachments });
    expectProblem(answered, { status: 400, code: code as 'invalid_reference', pointers: [pointer] });
    expect(JSON.stringify(await backend.stored())).toBe(before);
  });

  it('where the rules of the folder do not let the sender read the file', async () => {
    const id = await upload(anna, 'invoices');
    const answered = await send(admin, newAddress(), attached(file('invoices', id)));
    expectProblem(answered, { status: 400, code: 'invalid_reference', pointers: ['/attachments/0/file'] });
  });

  it('of a folder that attachFrom does not name, though the function may read it', async () => {
    const id = await upload(admin, 'papers');
    expectProblem(await send(admin, newAddress(), attached(file('papers', id))), { status: 400, code: 'invalid_reference' });
    expect(await bill(admin, { address: newAddress(), folder: 'papers', id })).toMatchObject({ code: 'invalid_reference' });
  });

  it('of a folder that the function may not read', async () => {
    const id = await upload(admin, 'invoices');
    for (const name of ['plain', 'writes']) {
      const refused = await bill(admin, { address: newAddress(), folder: 'invoices', id }, name);
      expect(refused).toMatchObject({ status: 400, code: 'invalid_reference', errors: [{ pointer: '/attachments/0/file' }] });
    }
  });

  it('as the caller, where the caller may not send e-mails, or may not read the file', async () => {
    const id = await upload(anna, 'invoices');
    const asked = { address: newAddress(), folder: 'invoices', id, as: 'caller' };
    expect(await bill(anna, asked)).toMatchObject({ status: 403, code: 'forbidden' });
    expect(await bill(admin, asked)).toMatchObject({ status: 400, code: 'invalid_reference' });
  });

  it('beyond what an e-mail may have, with both numbers', async () => {
    const bytes = Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), Buffer.alloc(15_000_000)]);
    const id = await upload(admin, 'invoices', bytes, 'big.zip');
    const answered = await send(admin, newAddress(), attached(file('invoices', id), file('invoices', id)));
    const { detail } = expectProblem(answered, { status: 400, code: 'payload_too_large' });
    expect(detail).toMatch(/has 4105\d{4} bytes .* 40000000 are the most/);
  });
});

describe('Attachments that name files are sent', () => {
  it('by admins, under the name and with the type of the file', async () => {
    const id = await upload(admin, 'invoices');
    const address = newAddress();
    const plain = { filename: 'a.txt', type: 'text/plain', contentBase64: 'YQ==' };
    expect((await send(admin, address, attached(file('invoices', id), plain, file('invoices', id, { filename: 'bill.pdf' })))).status).toBe(
      202,
    );
    expect((await mailTo(address)).attachments).toEqual([
      { filename: 'Rechnung ü.pdf', type: 'application/pdf', sizeBytes: pdf.length },
      { filename: 'a.txt', type: 'text/plain', sizeBytes: 1 },
      { filename: 'bill.pdf', type: 'application/pdf', sizeBytes: pdf.length },
    ]);
    expect(proxy.requests.at(-1)).toContain(pdf.toString('base64'));
  });

  it('where a record says who may read them', async () => {
    const { id: order } = (await backend.call(anna, { method: 'POST', path: '/data/Order', body: { title: 'a' } })).json;
    const { id } = await clientOf(anna).files.scans.upload(new Uint8Array(pdf), {
      name: 'scan.pdf',
      type: 'application/pdf',
      record: order,
    });
    const address = newAddress();
    expect((await send(admin, address, attached(file('scans', id)))).status).toBe(202);
    expect((await mailTo(address)).attachments).toHaveLength(1);
  });

  it('by functions as the system, whatever the rules say, and as a caller who may', async () => {
    const [ofAnna, ofAdmin] = [await upload(anna, 'invoices'), await upload(admin, 'invoices')];
    const [one, two] = [newAddress(), newAddress()];
    expect(await bill(anna, { address: one, folder: 'invoices', id: ofAnna })).toMatchObject({ sender: anna.id });
    expect(await bill(admin, { address: two, folder: 'invoices', id: ofAdmin, as: 'caller' })).toMatchObject({ sender: admin.id });
    for (const address of [one, two])
      expect((await mailTo(address)).attachments).toEqual([expect.objectContaining({ sizeBytes: pdf.length })]);
  });

  it('of many megabytes, read once for all recipients', async () => {
    const bytes = Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), Buffer.alloc(25_000_000, 7)]);
    const id = await upload(admin, 'invoices', bytes, 'big.zip');
    const addresses = [newAddress(), newAddress(), newAddress()];
    backend.local.resetCounts();
    await backend.send(admin, { to: addresses.map((address) => ({ address })), ...attached(file('invoices', id)) });
    for (const address of addresses)
      expect((await mailTo(address)).attachments).toEqual([expect.objectContaining({ sizeBytes: bytes.length })]);
    const read = Object.entries(backend.local.counts()).filter(([name]) => /s3.*GetObject/i.test(name));
    expect(read.map(([, { requests }]) => requests)).toEqual([1]);
  });

  it('no more, and recorded as failed, when the file has been deleted before', async () => {
    const id = await upload(admin, 'invoices');
    proxy.fault = 'down';
    const address = newAddress();
    const key = { 'idempotency-key': crypto.randomUUID() };
    const { json } = await send(admin, address, attached(file('invoices', id)), key);
    await until(() => proxy.requests.some((body) => body.includes(address)), Boolean);
    await clientOf(admin).files.invoices.delete(id);
    proxy.fault = undefined;
    await until(
      async () => backend.local.clock.advance(15_000) ?? (await backend.stored()).some(({ status }) => status?.S === 'failed'),
      Boolean,
      60_000,
    );
    admin = { ...admin, token: await newToken(backend.local.apiUrl, admin.email) };
    const { deliveries } = (await backend.call(admin, { path: `/email/messages/${json.id}` })).json;
    expect(deliveries).toEqual([expect.objectContaining({ status: 'failed', reason: 'attachment_gone' })]);
    expect(backend.mails(address)).toEqual([]);
    const again = await send(admin, address, attached(file('invoices', id)), key);
    expect([again.status, again.json.id, again.headers['idempotency-replayed']]).toEqual([202, json.id, 'true']);
  });
});
