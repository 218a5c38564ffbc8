import { createClient } from '../../client/client.ts';
import { authRoutes } from '../../contracts/auth.ts';
import { dataRoutes } from '../../contracts/data.ts';
import { filesRoutes } from '../../contracts/files.ts';
import { paymentsRoutes } from '../../contracts/payments.ts';
import { pushRoutes } from '../../contracts/push.ts';
import type { Route } from '../../contracts/route.ts';
import type { backend } from './notes-backend.ts';
import { type ScriptedServer, startScriptedServer } from './scripted-server.ts';

let server: ScriptedServer;
beforeAll(async () => {
  const tokens = {
    accessToken: 'a',
    refreshToken: 'r',
    expiresInSeconds: 900,
    items: [],
    results: [],
    count: 3,
    complete: true,
    id: 'd',
    url: 'u',
  };
  server = await startScriptedServer(() => ({ json: tokens }));
});
afterAll(() => server.close());

const newClient = () => createClient<typeof backend>({ url: server.url, accessToken: () => 'token' });
type Client = ReturnType<typeof newClient>;

type Expected = readonly [
  call: (client: Client) => Promise<unknown>,
  path: string,
  body?: object,
  headers?: Readonly<Record<string, string>>,
];

const email = 'a@example.com';
const proof = { email, code: '123456' };
const note = { title: 'a', slug: 'a', secret: 's', authorId: '1' };

/** By route key: what calls the route, and what is then sent. */
const authCalls: Readonly<Record<keyof typeof authRoutes, Expected>> = {
  register: [({ auth }) => auth.register({ email, password: 'p' }), '/auth/register', { email, password: 'p' }],
  confirm: [({ auth }) => auth.confirm(proof), '/auth/confirm', proof],
  resendCode: [({ auth }) => auth.resendCode({ email }), '/auth/resend-code', { email }],
  login: [({ auth }) => auth.login({ email, password: 'p' }), '/auth/login', { email, password: 'p' }],
  answerChallenge: [({ auth }) => auth.answerChallenge({ ...proof, session: 's' }), '/auth/challenge', { ...proof, session: 's' }],
  recover: [
    ({ auth }) => auth.recover({ email, password: 'p', recoveryCode: 'c' }),
    '/auth/recover',
    { email, password: 'p', recoveryCode: 'c' },
  ],
  refresh: [
    async ({ auth }) => {
      await auth.login({ email, password: 'p' });
      await auth.refresh();
    },
    '/auth/refresh',
    { refreshToken: 'r' },
  ],
  logout: [
    async ({ auth }) => {
      await auth.login({ email, password: 'p' });
      await auth.logout();
    },
    '/auth/logout',
    { refreshToken: 'r' },
  ],
  forgotPassword: [({ auth }) => auth.forgotPassword({ email }), '/auth/forgot-password', { email }],
  resetPassword: [({ auth }) => auth.resetPassword({ ...proof, newPassword: 'n' }), '/auth/reset-password', { ...proof, newPassword: 'n' }],
  changePassword: [
    ({ auth }) => auth.changePassword({ password: 'p', newPassword: 'n' }),
    '/auth/change-password',
    { password: 'p', newPassword: 'n' },
  ],
  readMe: [({ auth }) => auth.readMe(), '/auth/me'],
  updateMe: [({ auth }) => auth.updateMe({ name: null }), '/auth/me', { name: null }],
  verifyEmail: [({ auth }) => auth.verifyEmail({ code: '1' }), '/auth/me/verify-email', { code: '1' }],
  deleteMe: [({ auth }) => auth.deleteMe({ password: 'p' }), '/auth/me', { password: 'p' }],
  enrolMfa: [({ auth }) => auth.enrolMfa({ appName: 'Notes' }), '/auth/mfa', { appName: 'Notes' }],
  verifyMfa: [({ auth }) => auth.verifyMfa({ code: '1' }), '/auth/mfa/verify', { code: '1' }],
  disableMfa: [({ auth }) => auth.disableMfa(), '/auth/mfa'],
  listUsers: [({ admin }) => admin.users.list({ search: 'a+b', limit: 5 }), '/admin/users?search=a%2Bb&limit=5'],
  inviteUser: [({ admin }) => admin.users.invite({ email, groups: ['admins'] }), '/admin/users', { email, groups: ['admins'] }],
  readUser: [({ admin }) => admin.users.read('u/1'), '/admin/users/u%2F1'],
  disableUser: [({ admin }) => admin.users.disable('u'), '/admin/users/u/disable'],
  enableUser: [({ admin }) => admin.users.enable('u'), '/admin/users/u/enable'],
  setUserGroups: [({ admin }) => admin.users.setGroups('u', []), '/admin/users/u/groups', { groups: [] }],
  signOutUser: [({ admin }) => admin.users.signOut('u'), '/admin/users/u/sign-out'],
  deleteUser: [({ admin }) => admin.users.delete('u'), '/admin/users/u'],
};

const ifMatch = { 'if-match': '"3"' };
const dataCalls: Readonly<Record<keyof typeof dataRoutes, Expected>> = {
  listRecords: [
    ({ data }) => data.Note.list({ cursor: 'c', expand: ['author'], sort: '-priority' }),
    '/data/Note?sort=-priority&cursor=c&expand=author',
  ],
  createRecord: [({ data }) => data.Note.create(note, { idempotencyKey: 'k' }), '/data/Note', note, { 'idempotency-key': 'k' }],
  countRecords: [({ data }) => data.Note.count({ filter: { archived: true } }), '/data/Note/count?filter=%7B%22archived%22%3Atrue%7D'],
  lookUpRecord: [({ data }) => data.Note.lookUp('slug', 'a b'), '/data/Note/by/slug/a%20b'],
  readRecord: [({ data }) => data.Note.read('1', { fields: ['id'], consistent: true }), '/data/Note/1?fields=id&consistent=true'],
  updateRecord: [({ data }) => data.Note.update('1', { body: null }, { ifMatch: 3 }), '/data/Note/1', { body: null }, ifMatch],
  replaceRecord: [({ data }) => data.Note.replace('1', note, { ifMatch: 3 }), '/data/Note/1', note, ifMatch],
  deleteRecord: [({ data }) => data.Note.delete('1', { ifMatch: 3 }), '/data/Note/1', undefined, ifMatch],
  runTransaction: [
    (client) =>
      client.transaction((tx) => [tx.Note.create(note), tx.Author.update('1', { bio: 'b' }, { ifMatch: 3 }), tx.Note.check('2')], {
        idempotencyKey: 'k',
      }),
    '/data/transaction',
    {
      operations: [
        { op: 'create', model: 'Note', body: note },
        { op: 'update', model: 'Author', id: '1', ifMatch: 3, body: { bio: 'b' } },
        { op: 'check', model: 'Note', id: '2' },
      ],
    },
    { 'idempotency-key': 'k' },
  ],
  readBatch: [
    ({ batch }) => batch.read([{ model: 'Note', id: '1' }], { consistent: true }),
    '/data/batch/read',
    { items: [{ model: 'Note', id: '1' }], consistent: true },
  ],
  writeBatch: [
    ({ batch }) => batch.write((write) => [write.Note.delete('1', { ifMatch: 3 })]),
    '/data/batch/write',
    { operations: [{ op: 'delete', model: 'Note', id: '1', ifMatch: 3 }] },
  ],
};

/** `upload` and `replace` take several routes: upload.test.ts. */
const filesCalls: Readonly<
  Record<Exclude<keyof typeof filesRoutes, 'createUpload' | 'replaceFile' | 'readUpload' | 'createParts' | 'completeUpload'>, Expected>
> = {
  readUsage: [({ files }) => files.usage(), '/files/usage'],
  listFiles: [
    ({ files }) => files.attachments.list({ record: 'n/1', owner: 'me', status: 'any', order: 'asc', limit: 5, cursor: 'c' }),
    '/files/attachments?owner=me&record=n%2F1&status=any&order=asc&limit=5&cursor=c',
  ],
  readFile: [({ files }) => files.videos.read('f'), '/files/videos/f'],
  updateFile: [({ files }) => files.videos.update('f', { name: 'n' }, { ifMatch: 3 }), '/files/videos/f', { name: 'n' }, ifMatch],
  deleteFile: [({ files }) => files.videos.delete('f', { ifMatch: 3 }), '/files/videos/f', undefined, ifMatch],
  createLink: [
    ({ files }) => files.videos.link('f', { variant: 'small', download: true, expiresInSeconds: 60 }),
    '/files/videos/f/link?variant=small&download=true&expiresInSeconds=60',
  ],
  abortUpload: [({ files }) => files.videos.abort('f'), '/files/videos/f/upload'],
  copyFile: [
    ({ files }) => files.videos.copy('f', { folder: 'attachments', record: '1' }, { idempotencyKey: 'k' }),
    '/files/videos/f/copy',
    { folder: 'attachments', record: '1' },
    { 'idempotency-key': 'k' },
  ],
  moveFile: [
    ({ files }) => files.videos.move('f', { folder: 'press', name: 'n' }, { ifMatch: 3 }),
    '/files/videos/f/move',
    { folder: 'press', name: 'n' },
    ifMatch,
  ],
};

const message = { to: { topic: 'news' }, title: 't', category: 'social' } as const;
/** `registerBrowser` and what it reads: push.test.ts. */
const pushCalls: Readonly<Record<Exclude<keyof typeof pushRoutes, 'readWebKey'>, Expected>> = {
  registerDevice: [
    ({ push }) => push.registerDevice({ platform: 'fcm', token: 't', locale: 'de' }),
    '/push/devices',
    { platform: 'fcm', token: 't', locale: 'de' },
  ],
  listDevices: [({ push }) => push.devices(), '/push/devices'],
  removeDevice: [({ push }) => push.removeDevice('d'), '/push/devices/d'],
  readPreferences: [({ push }) => push.preferences.read(), '/push/preferences'],
  updatePreferences: [
    ({ push }) => push.preferences.update({ quietHours: null, muted: ['social'] }),
    '/push/preferences',
    { quietHours: null, muted: ['social'] },
  ],
  listTopics: [({ push }) => push.topics.list(), '/push/topics'],
  subscribeTopic: [({ push }) => push.topics.subscribe('news'), '/push/topics/news/subscription'],
  unsubscribeTopic: [({ push }) => push.topics.unsubscribe('news'), '/push/topics/news/subscription'],
  sendMessage: [({ push }) => push.send(message, { idempotencyKey: 'k' }), '/push/messages', message, { 'idempotency-key': 'k' }],
  listMessages: [({ admin }) => admin.push.messages({ day: '2026-11-24', limit: 5 }), '/push/messages?day=2026-11-24&limit=5'],
  readMessage: [({ admin }) => admin.push.message('m'), '/push/messages/m'],
  listDeliveries: [({ admin }) => admin.push.deliveries('m', { cursor: 'c' }), '/push/messages/m/deliveries?cursor=c'],
  cancelMessage: [({ admin }) => admin.push.cancel('m'), '/push/messages/m'],
};

const items = [{ id: 'm', quantity: 2 }];
/** Stripe calls `receiveWebhook`. */
const paymentsCalls: Readonly<Record<Exclude<keyof typeof paymentsRoutes, 'receiveWebhook'>, Expected>> = {
  createCheckout: [
    ({ payments }) => payments.checkout({ items, reference: 'r' }, { idempotencyKey: 'k' }),
    '/payments/checkout',
    { items, reference: 'r' },
    { 'idempotency-key': 'k' },
  ],
  createPortal: [({ payments }) => payments.portal({ returnPath: '/account' }), '/payments/portal', { returnPath: '/account' }],
  readOwnPayments: [({ payments }) => payments.me({ limit: 5, cursor: 'c' }), '/payments/me?limit=5&cursor=c'],
  listPayments: [({ admin }) => admin.payments.list({ day: '2026-11-24', limit: 5 }), '/payments?day=2026-11-24&limit=5'],
};

describe.each([
  ['payments', paymentsRoutes as Readonly<Record<string, Route>>, paymentsCalls as Readonly<Record<string, Expected>>],
  ['files', filesRoutes as Readonly<Record<string, Route>>, filesCalls as Readonly<Record<string, Expected>>],
  ['push', pushRoutes as Readonly<Record<string, Route>>, pushCalls as Readonly<Record<string, Expected>>],
  ['auth', authRoutes as Readonly<Record<string, Route>>, authCalls as Readonly<Record<string, Expected>>],
  ['data', dataRoutes as Readonly<Record<string, Route>>, dataCalls as Readonly<Record<string, Expected>>],
])('The client’s %s methods', (_, routes, calls) => {
  it.each(Object.keys(calls))('reach the route %s', async (key) => {
    const [call, url, body, headers = {}] = calls[key] as Expected;
    const route = routes[key] as Route;
    await call(newClient());
    const sent = server.seen.at(-1);
    expect(sent).toMatchObject({ method: route.method, url, body: body === undefined ? '' : JSON.stringify(body), headers });
    expect(sent?.headers.authorization).toBe(route.access === 'anyone' ? undefined : 'Bearer token');
    expect(sent?.headers['content-type']).toBe(body === undefined ? undefined : 'application/json');
  });
});

describe('RecordsClient', () => {
  it('goes through all pages in order, and asks for a page when the loop gets there', async () => {
    const pages = await startScriptedServer(({ url }) => ({
      json: url.includes('cursor=2') ? { items: [{ id: 'c' }] } : { items: [{ id: 'a' }, { id: 'b' }], cursor: '2' },
    }));
    const { data } = createClient<typeof backend>({ url: `${pages.url}/stage/` });
    const ids: string[] = [];
    for await (const record of data.Note.all({ limit: 2 })) {
      ids.push(record.id);
      if (ids.length === 1) expect(pages.seen).toHaveLength(1);
    }
    expect(ids).toEqual(['a', 'b', 'c']);
    expect(pages.seen.map(({ url }) => url)).toEqual(['/stage/data/Note?limit=2', '/stage/data/Note?limit=2&cursor=2']);
    await pages.close();
  });

  it('is the same for each look at a model, and nothing for what looks at promises', async () => {
    const { data } = newClient();
    expect(data.Note).toBe(data.Note);
    expect(await data).toBe(data);
  });
});
