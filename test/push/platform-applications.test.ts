import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetPlatformApplicationAttributesCommand, ListPlatformApplicationsCommand } from '@aws-sdk/client-sns';
import { credentialsOf, standInSecret } from '../../lambdas/push/platform-credentials.ts';
import type { PushAppSettings } from './push-app.ts';
import { newToken, PushBackend } from './push-backend.ts';

const privateKey = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const apple = { signingKey: privateKey, keyId: 'ABC123DEFG', teamId: 'DEF123GHIJ' };

describe('credentialsOf', () => {
  const of = (platform: string, value: unknown) => () =>
    credentialsOf(
      platform,
      'push/key',
      typeof value === 'object' ? JSON.stringify(value) : (value as string | undefined),
      'com.example.app',
    );

  it.each([
    ['a secret that is not there', 'APNS', undefined, 'The secret push/key is not there'],
    ['what is not JSON', 'APNS', privateKey, 'The secret push/key is not JSON'],
    ['what is no object', 'GCM', '[1]', 'The secret push/key is no JSON object'],
    ['a key of Apple without a team', 'APNS_SANDBOX', { ...apple, teamId: '' }, 'The secret push/key lacks teamId'],
    ['a key of Apple that is none', 'APNS', { ...apple, signingKey: 'MIGT' }, 'The secret push/key holds no private key in PEM'],
    ['an old server key of Google', 'GCM', { apiKey: 'AAAA' }, 'The secret push/key lacks type, project_id, private_key, client_email'],
  ])('refuses %s, says what the secret must hold and how to store it, and repeats nothing of it', (_, platform, value, message) => {
    let text = '';
    try {
      of(platform, value)();
    } catch (error) {
      text = (error as Error).message;
    }
    expect(text).toContain(message);
    expect(text).toContain(platform === 'GCM' ? 'the JSON of a service account' : '"signingKey": "-----BEGIN PRIVATE KEY-----…"');
    expect(text).toContain('aws secretsmanager create-secret --name push/key --secret-string file://secret.json');
    for (const line of privateKey.split('\n').slice(1, -2)) expect(text).not.toContain(line);
    expect(text).not.toContain('AAAA');
  });

  it('gives SNS the attributes of token authentication', () => {
    const [credentials] = of('APNS', apple)();
    expect(credentials).toEqual({
      PlatformCredential: expect.stringMatching(/^MI[A-Za-z0-9+/=]+$/),
      PlatformPrincipal: 'ABC123DEFG',
      ApplePlatformTeamID: 'DEF123GHIJ',
      ApplePlatformBundleID: 'com.example.app',
    });
  });

  it('takes what stands in where nothing leaves the machine', () => {
    for (const platform of ['APNS', 'APNS_SANDBOX', 'GCM']) expect(of(platform, standInSecret(platform))).not.toThrow();
  });
});

/** Each run has a definition of its own to synthesize. */
const patienceMs = 120_000;

describe('platform applications', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'plinth-applications-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const during = async <T>(settings: PushAppSettings, look: (backend: PushBackend) => Promise<T>): Promise<T> => {
    const backend = await PushBackend.start(settings, { folder: join(folder, 'state') });
    try {
      return await look(backend);
    } finally {
      await backend.stop();
    }
  };
  const list = async (backend: PushBackend) => {
    const { PlatformApplications = [] } = await backend.sns().send(new ListPlatformApplicationsCommand({}));
    return PlatformApplications.map(({ PlatformApplicationArn = '' }) => PlatformApplicationArn).sort();
  };
  const kinds = async (backend: PushBackend) => (await list(backend)).map((arn) => arn.split('/')[1]);
  const attributes = async (backend: PushBackend, part: string) => {
    const PlatformApplicationArn = (await list(backend)).find((arn) => arn.includes(part));
    return (await backend.sns().send(new GetPlatformApplicationAttributesCommand({ PlatformApplicationArn }))).Attributes;
  };

  it(
    'are made without secrets in local mode, tell of failures, update and delete with the stack, and keep their endpoints',
    async () => {
      const token = newToken();
      const first = await during({ platforms: ['apns', 'fcm'] }, async (backend) => {
        expect(await kinds(backend)).toEqual(['APNS', 'APNS_SANDBOX', 'GCM']);
        expect(await attributes(backend, '/APNS/')).toMatchObject({
          ApplePlatformBundleID: 'com.example.app',
          EventDeliveryFailure: expect.stringMatching(/^arn:aws:sns:/),
        });
        await backend.register(await backend.person(), { platform: 'apns', token });
        return list(backend);
      });
      await during({ platforms: ['apns', 'fcm'], bundleId: 'com.example.next' }, async (backend) => {
        expect(await list(backend)).toEqual(first);
        expect(await attributes(backend, '/APNS/')).toMatchObject({ ApplePlatformBundleID: 'com.example.next' });
        expect((await backend.endpoints()).has(token)).toBe(true);
      });
      await during({ platforms: ['fcm'] }, async (backend) => expect(await kinds(backend)).toEqual(['GCM']));
    },
    patienceMs,
  );

  it(
    'take the secret when the revision says that it has changed, and refuse a malformed one with the reason',
    async () => {
      await during({ platforms: ['apns'] }, kinds);
      const secret = JSON.stringify({ ...apple, keyId: undefined });
      // Nothing has told the resource of the secret.
      await during({ platforms: ['apns'], secret }, kinds);
      await expect(during({ platforms: ['apns'], secret, revision: '2' }, kinds)).rejects.toThrow(/The secret push\/apns lacks keyId/);
    },
    patienceMs,
  );
});
