import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { LocalBackend } from '../../../local/local-backend.ts';
import { startTestBackend } from '../../support/start-local.ts';

const folder = mkdtempSync(join(tmpdir(), 'plinth-secrets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const clientOf = ({ endpointUrl: endpoint, region, credentials }: LocalBackend): SecretsManagerClient =>
  new SecretsManagerClient({ endpoint, region, credentials });

describe('CreateSecret', () => {
  it('makes a secret that no template names, once, and keeps it over restarts', async () => {
    const first = await startTestBackend({ folder: join(folder, 'state') });
    const client = clientOf(first);
    const made = await client.send(new CreateSecretCommand({ Name: 'hooks/github', SecretString: 'one', Description: 'of GitHub' }));
    expect(made.ARN).toMatch(/^arn:aws:secretsmanager:us-east-1:000000000000:secret:hooks\/github-.{6}$/);
    const again = client.send(new CreateSecretCommand({ Name: 'hooks/github', SecretString: 'two' }));
    await expect(again).rejects.toBeInstanceOf(ResourceExistsException);
    await expect(client.send(new CreateSecretCommand({ Name: 'no spaces', SecretString: 'x' }))).rejects.toThrow('Invalid name');
    expect((await client.send(new GetSecretValueCommand({ SecretId: 'hooks/github' }))).SecretString).toBe('one');
    await client.send(new CreateSecretCommand({ Name: 'empty' }));
    await expect(client.send(new GetSecretValueCommand({ SecretId: 'empty' }))).rejects.toThrow(/can't find/);
    client.destroy();
    await first.dispose();

    const second = await startTestBackend({ folder: join(folder, 'state') });
    const later = clientOf(second);
    expect((await later.send(new GetSecretValueCommand({ SecretId: made.ARN }))).SecretString).toBe('one');
    await later.send(new PutSecretValueCommand({ SecretId: 'hooks/github', SecretString: '["two","one"]' }));
    expect((await later.send(new GetSecretValueCommand({ SecretId: 'hooks/github' }))).SecretString).toBe('["two","one"]');
    later.destroy();
    await second.dispose();
  });
});
