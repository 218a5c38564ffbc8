import type { AccessReport } from '../../local/services/iam/access-report.ts';
import { EmailBackend, until } from './email-backend.ts';
import { SesFaultProxy } from './ses-fault-proxy.ts';

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
  const { json } = await send({ userId: anna.id });
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
    const backend = await EmailBackend.start({}, { environment: { AWS_ENDPOINT_URL_SESV2: proxy.url } });
    proxy.target = backend.local.endpointUrl;
    await doAll(backend, proxy);
    const { denied, unused }: AccessReport = backend.local.accessReport();
    expect(denied).toEqual([]);
    expect(unused.filter(({ role }) => role.includes('BackendEmail')).map(({ role, action }) => [role, action])).toEqual([]);
    await backend.dispose();
    await proxy.stop();
  });
});
