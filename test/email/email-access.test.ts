import { createClient } from '../../client/client.ts';
import type { AccessReport } from '../../local/services/iam/access-report.ts';
import type { Person } from '../data/relations-backend.ts';
import { until } from '../support/until.ts';
import type { definition } from './email-app.ts';
import { EmailBackend } from './email-backend.ts';
import { SesFaultProxy } from './ses-fault-proxy.ts';

/** Uploads files, for a message. */
const filesOf = async ({ token }: Person, backend: EmailBackend) => {
  const { data, files } = createClient<typeof definition>({ url: backend.local.apiUrl, accessToken: () => token });
  const bytes = new Uint8Array(Buffer.from('Two cups'));
  const text = { name: 'a.txt', type: 'text/plain' };
  const { id: record } = await data.Order.create({ title: 'Cups' });
  const [invoice, scan] = [await files.invoices.upload(bytes, text), await files.scans.upload(bytes, { ...text, record })];
  return [invoice, scan].map(({ folder, id }) => ({ file: { folder, id } }));
};

/** Does everything once that functions of e-mail can do. */
const doAll = async (backend: EmailBackend, proxy: SesFaultProxy): Promise<void> => {
  const [admin, anna] = await Promise.all([backend.person('admins'), backend.person()]);
  const send = (to: object, headers = {}) => backend.send(admin, { to: [to], subject: 'Hello', text: 'Hi' }, headers);
  proxy.fault = 'down';
  await send({ address: 'ann@example.org' }, { 'idempotency-key': 'once' });
  await until(
    () => proxy.requests.length,
    (count) => count > 0,
  );
  proxy.fault = undefined;
  const attachments = await filesOf(admin, backend);
  const { json } = await backend.send(admin, { to: [{ userId: anna.id }], subject: 'Hello', text: 'Hi', attachments });
  await backend.settled(admin, json.id);
  const address = 'bounce@simulator.amazonses.com';
  const bounced = await send({ address });
  await backend.settled(admin, bounced.json.id, (status) => status === 'bounced');
  const path = `/email/suppressions/${encodeURIComponent(address)}`;
  expect((await backend.call(admin, { path })).status).toBe(200);
  expect((await backend.call(admin, { path, method: 'DELETE' })).status).toBe(204);
};

describe('The roles of e-mail', () => {
  it('are granted what they use, and use what they are granted', async () => {
    const proxy = await new SesFaultProxy().start();
    const backend = await EmailBackend.start({ files: true }, { environment: { AWS_ENDPOINT_URL_SESV2: proxy.url } });
    proxy.target = backend.local.endpointUrl;
    await doAll(backend, proxy);
    const { denied, unused }: AccessReport = backend.local.accessReport();
    expect(denied).toEqual([]);
    expect(unused.filter(({ role }) => role.includes('BackendEmail')).map(({ role, action }) => [role, action])).toEqual([]);
    await backend.dispose();
    await proxy.stop();
  });
});
