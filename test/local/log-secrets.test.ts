import { GetFunctionCommand, GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type LocalBackend, startLocal } from '../../local/local-backend.ts';
import { allow, functionResource, roleResource, writeAssembly } from '../support/write-assembly.ts';

const stripeKey = 'sk_test_4eC39HqLyjWDarjtT1zdp7dc';
const token = `eyJhbGciOiJSUzI1NiJ9.${Buffer.from('{"sub":"ada"}').toString('base64url')}.c2lnbmF0dXJl`;

const assembly = writeAssembly({
  Stripe: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'stripe', SecretString: stripeKey } },
  Generated: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'generated', GenerateSecretString: {} } },
  Role: roleResource(allow('logs:*')),
  Leaks: functionResource(
    'Role',
    `exports.handler = async (event) => {
      console.log(process.env);
      console.log('told', JSON.stringify(event));
      throw new Error('no access with ' + process.env.STRIPE_KEY);
    };`,
    { FunctionName: 'leaks', Environment: { Variables: { STRIPE_KEY: stripeKey } } },
  ),
});

describe('the log of a run', () => {
  const written: string[] = [];
  const write = (_source: string, message: string): void => void written.push(message);
  let backend: LocalBackend;
  let lambda: LambdaClient;
  let secrets: SecretsManagerClient;
  beforeAll(async () => {
    backend = await startLocal({ assembly, log: { info: write, warn: write, error: write, debug: write } });
    const { endpointUrl: endpoint, region, credentials } = backend;
    lambda = new LambdaClient({ endpoint, region, credentials });
    secrets = new SecretsManagerClient({ endpoint, region, credentials });
  });
  afterAll(async () => {
    lambda.destroy();
    secrets.destroy();
    await backend.dispose();
  });

  const call = async (event: unknown): Promise<void> => {
    await fetch(`${backend.endpointUrl}/2015-03-31/functions/leaks/invocations`, {
      method: 'POST',
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=${backend.credentials.accessKeyId}/20260101/us-east-1/lambda/aws4_request, Signature=0`,
      },
      body: JSON.stringify(event),
    });
  };

  it('FN03 FN04 FN16 shows no secret, no credentials and no token, whoever prints them', async () => {
    const generated = (await secrets.send(new GetSecretValueCommand({ SecretId: 'generated' }))).SecretString ?? '';
    await secrets.send(new PutSecretValueCommand({ SecretId: 'stripe', SecretString: 'sk_test_rotated_meanwhile' }));
    await call({ generated, token, next: 'sk_test_rotated_meanwhile', root: backend.credentials.secretAccessKey });
    const entries: unknown = await (await fetch(`${backend.endpointUrl}/_plinth/logs`)).json();
    for (const text of [written.join('\n'), JSON.stringify(entries)]) {
      expect(text).toContain('no access with [secret]');
      expect(text).toMatch(/STRIPE_KEY: '\[secret\]'/);
      expect(text).toMatch(/AWS_SECRET_ACCESS_KEY: '\[secret\]'/);
      expect(text).toMatch(/AWS_SESSION_TOKEN: '\[secret\]'/);
      expect(text).toContain('[token]');
      for (const secret of [
        stripeKey,
        generated,
        JSON.stringify(generated).slice(1, -1),
        token,
        'rotated_meanwhile',
        backend.credentials.secretAccessKey,
      ]) {
        expect(text).not.toContain(secret);
      }
    }
  });

  it('FN04 tells no value of a variable and of a secret in descriptions and dumps', async () => {
    const shown = [
      await lambda.send(new GetFunctionCommand({ FunctionName: 'leaks' })),
      await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'leaks' })),
      await (await fetch(`${backend.endpointUrl}/_plinth/dump`)).json(),
      await (await fetch(`${backend.endpointUrl}/_plinth/access-report`)).json(),
    ].map((answer) => JSON.stringify(answer));
    for (const text of shown) expect(text).not.toMatch(/sk_test/);
  });
});
