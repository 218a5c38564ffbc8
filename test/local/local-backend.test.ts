import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CfnOutput } from 'aws-cdk-lib';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Clock } from '../../local/clock.ts';
import { type LocalBackend, type LocalOptions, startLocal } from '../../local/local-backend.ts';
import { silentLog } from '../../local/log.ts';
import { synthesizeSmallApp } from '../fixtures/small-app.ts';
import { authorization, callJsonService } from '../support/aws-calls.ts';
import { inlineFunction, synthesizeStack } from '../support/synthesize-stack.ts';

let root: string;
let assembly: string;
let folder: string;
const running: LocalBackend[] = [];

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'plinth-backend-'));
  assembly = synthesizeSmallApp(join(root, 'cdk.out'));
});

beforeEach(() => {
  folder = mkdtempSync(join(root, 'state-'));
});

afterEach(async () => {
  for (const backend of running.splice(0)) await backend.dispose();
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

async function start(options: Partial<LocalOptions> = {}): Promise<LocalBackend> {
  const backend = await startLocal({ assembly, ...options });
  running.push(backend);
  return backend;
}

const call = (backend: LocalBackend, service: string, target: string, body: object) =>
  callJsonService(backend.endpointUrl, { key: backend.credentials.accessKeyId, service, target, body });

const secretOf = async (backend: LocalBackend): Promise<Record<string, unknown>> => {
  const [secret] = (await backend.dump())['secretsmanager'] as { name: string }[];
  return (await call(backend, 'secretsmanager', 'secretsmanager.GetSecretValue', { SecretId: secret?.name })).body;
};

describe('startLocal', () => {
  it('refuses a folder without an assembly', async () => {
    await expect(startLocal({ assembly: root })).rejects.toThrow('holds no synthesized CDK app');
  });

  it('refuses a port that is taken, and leaves nothing open', async () => {
    const blocker = createServer();
    await new Promise<void>((done) => blocker.listen(0, '127.0.0.1', done));
    const { port } = blocker.address() as AddressInfo;
    await expect(startLocal({ assembly, folder, awsPort: port })).rejects.toThrow(`Port ${port} is taken`);
    await new Promise((done) => blocker.close(done));
    await start({ folder, awsPort: port });
  });

  it('FI19 refuses a second backend on one folder and names the process of the first', async () => {
    await start({ folder });
    await expect(startLocal({ assembly, folder })).rejects.toThrow(`in use by process ${process.pid}`);
  });

  it('refuses data of a newer version', async () => {
    writeFileSync(join(folder, 'format.json'), '{"version":99}');
    await expect(startLocal({ assembly, folder })).rejects.toThrow(/has format 99, and this version reads format 1/);
    expect(existsSync(join(folder, 'lock'))).toBe(false);
  });

  it('resolves the outputs, of nested stacks and conditions too', async () => {
    const { outputs, apiUrl } = await start();
    expect(outputs).toMatchObject({
      ApiUrl: apiUrl,
      StageUrl: `${apiUrl}/`,
      TableName: expect.stringMatching(/^Small-Notes/),
      BucketName: expect.stringMatching(/^small-inner[a-z0-9-]+$/),
    });
    expect(outputs).not.toHaveProperty('AuditName');
    expect(outputs['Small.TableName']).toBe(outputs['TableName']);
  });

  it('names each type that is not run once', async () => {
    const warnings: string[] = [];
    await start({ log: { ...silentLog, warn: (_source, message) => warnings.push(message) } });
    expect(warnings).toEqual(['not run locally: AWS::Kinesis::Stream (2)']);
  });

  it('serves each of two APIs at the address that its own outputs tell', async () => {
    const assembly = synthesizeStack('Two', (stack) => {
      for (const id of ['First', 'Second']) {
        const handler = inlineFunction(stack, `${id}Handler`, `exports.handler = async () => '${id}'`);
        const api = new HttpApi(stack, id, { defaultIntegration: new HttpLambdaIntegration(`${id}Integration`, handler) });
        new CfnOutput(stack, `${id}Url`, { value: api.apiEndpoint });
        new CfnOutput(stack, `${id}Stage`, { value: api.url ?? '' });
      }
    });
    const { outputs, apiUrl } = await start({ assembly });
    for (const id of ['First', 'Second']) {
      expect(await (await fetch(outputs[`${id}Url`] ?? '')).text()).toBe(id);
      expect(outputs[`${id}Stage`]).toBe(`${outputs[`${id}Url`]}/`);
    }
    expect(outputs['FirstUrl']).toBe(apiUrl);
  });

  it('serves the function behind the API with what the template gives it', async () => {
    const { apiUrl, outputs, region } = await start();
    const response = await fetch(`${apiUrl}/hello`);
    expect([response.status, await response.json()]).toEqual([200, { path: '/hello', table: outputs['TableName'], region }]);
  });

  it('gives a function the rights of its role and no more', async () => {
    const backend = await start();
    const ask = async (path: string): Promise<unknown> => (await fetch(`${backend.apiUrl}${path}`)).json();
    expect(await ask('/PutItem/0')).toMatchObject({ status: 200 });
    expect(await ask('/GetItem/0')).toMatchObject({ status: 200, answer: { Item: { id: { S: 'a' } } } });
    expect(await ask('/DeleteItem/0')).toMatchObject({
      status: 400,
      answer: {
        message: expect.stringMatching(
          /^User: arn:aws:sts::0{12}:assumed-role\/Small-Handler.+ is not authorized to perform: dynamodb:DeleteItem/,
        ),
      },
    });
    expect(await ask('/GetItem/0')).toMatchObject({ answer: { Item: { id: { S: 'a' } } } });
    const { used, denied, unused } = backend.accessReport();
    expect([used, denied, unused].map((list) => list.map(({ action }) => action))).toEqual([
      ['dynamodb:PutItem', 'dynamodb:GetItem'],
      ['dynamodb:DeleteItem'],
      [],
    ]);
  });

  it('lets a request in flight finish, with what it calls, before the stores close', async () => {
    const backend = await start({ folder });
    await fetch(`${backend.apiUrl}/warm`);
    const inFlight = fetch(`${backend.apiUrl}/PutItem/300`);
    await new Promise((done) => setTimeout(done, 100));
    const disposing = backend.dispose();
    expect(await (await inFlight).json()).toMatchObject({ status: 200 });
    await disposing;
    await expect(fetch(`${backend.apiUrl}/warm`)).rejects.toThrow();
    const again = await start({ folder });
    expect(await (await fetch(`${again.apiUrl}/GetItem/0`)).json()).toMatchObject({ answer: { Item: { id: { S: 'a' } } } });
  });

  it('gives values over stacks and parameters by path', async () => {
    const backend = await start();
    const table = backend.outputs['TableName'];
    const imported = await call(backend, 'ssm', 'AmazonSSM.GetParameter', { Name: '/second/table' });
    expect(imported.body).toMatchObject({ Parameter: { Value: table, Version: 1 } });
    const byPath = await call(backend, 'ssm', 'AmazonSSM.GetParametersByPath', { Path: '/small' });
    expect(byPath.body['Parameters']).toHaveLength(2);
    const some = await call(backend, 'ssm', 'AmazonSSM.GetParameters', { Names: ['/small/table', '/no'] });
    expect(some.body).toMatchObject({ Parameters: [{ Value: table }], InvalidParameters: ['/no'] });
    expect((await call(backend, 'ssm', 'AmazonSSM.GetParameter', { Name: '/no' })).body).toMatchObject({ __type: 'ParameterNotFound' });
  });

  it('runs one stack with what it needs', async () => {
    const backend = await start({ stack: 'Small' });
    const missing = await call(backend, 'ssm', 'AmazonSSM.GetParameter', { Name: '/second/table' });
    expect(missing.body).toMatchObject({ __type: 'ParameterNotFound' });
  });

  it('takes parameters over their defaults', async () => {
    expect((await start({ parameters: { Stage: 'prod' } })).outputs).toHaveProperty('AuditName');
  });

  it('tells callers who they are', async () => {
    const { endpointUrl, credentials } = await start();
    const headers = { authorization: authorization(credentials.accessKeyId, 'sts'), 'content-type': 'application/x-www-form-urlencoded' };
    const response = await fetch(endpointUrl, { method: 'POST', headers, body: 'Action=GetCallerIdentity&Version=2011-06-15' });
    expect(await response.text()).toContain('<Arn>arn:aws:iam::000000000000:root</Arn>');
  });

  it('generates a secret by its rules, keeps it over restarts, and takes a new value', async () => {
    const first = await start({ folder });
    const before = await secretOf(first);
    const { user, password } = JSON.parse(String(before['SecretString'])) as { user: string; password: string };
    expect([user, password.length]).toEqual(['ada', 20]);
    for (const kind of [/[a-z]/, /[A-Z]/, /[0-9]/, /[^a-zA-Z0-9]/]) expect(password).toMatch(kind);
    await first.dispose();

    const second = await start({ folder });
    expect(await secretOf(second)).toEqual(before);
    await call(second, 'secretsmanager', 'secretsmanager.PutSecretValue', { SecretId: before['ARN'], SecretString: 'mine' });
    await second.dispose();

    const third = await start({ folder });
    expect(await secretOf(third)).toMatchObject({ SecretString: 'mine', VersionStages: ['AWSCURRENT'] });
    const previous = await call(third, 'secretsmanager', 'secretsmanager.GetSecretValue', {
      SecretId: before['ARN'],
      VersionStage: 'AWSPREVIOUS',
    });
    expect(previous.body).toMatchObject({ SecretString: before['SecretString'] });
    expect(JSON.stringify(await third.dump())).not.toContain('mine');
  });

  it('keeps items and messages over restarts, though the last line was cut off', async () => {
    const first = await start({ folder });
    const TableName = first.outputs['TableName'];
    await call(first, 'dynamodb', 'DynamoDB_20120810.PutItem', { TableName, Item: { id: { S: 'a' } } });
    first.inbox.deliver({ at: '2026-01-01T00:00:00.000Z', channel: 'email', to: 'ada@example.com', body: 'one', code: '123456' });
    first.inbox.deliver({ at: '2026-01-01T00:00:01.000Z', channel: 'email', to: 'ada@example.com', body: 'two' });
    await first.dispose();
    appendFileSync(join(folder, 'inbox.jsonl'), '{"id":"3","at"');

    const second = await start({ folder });
    const got = await call(second, 'dynamodb', 'DynamoDB_20120810.GetItem', { TableName, Key: { id: { S: 'a' } } });
    expect(got.body).toMatchObject({ Item: { id: { S: 'a' } } });
    expect(second.inbox.list().map(({ id, body }) => [id, body])).toEqual([
      ['2', 'two'],
      ['1', 'one'],
    ]);
    expect(second.inbox.deliver({ at: '', channel: 'sms', to: 'x', body: 'three' }).id).toBe('3');
  });

  it('tells other programs of its owner where it runs, and takes that back at the end', async () => {
    const backend = await start({ folder });
    const file = join(folder, 'runtime.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      pid: process.pid,
      apiUrl: backend.apiUrl,
      endpointUrl: backend.endpointUrl,
      credentials: backend.credentials,
    });
    await backend.dispose();
    expect(existsSync(file)).toBe(false);
    expect(JSON.parse(readFileSync(join(folder, 'access-report.json'), 'utf8'))).toHaveProperty('unused');
  });

  it('makes new keys at each start', async () => {
    const first = await start();
    const second = await start();
    const crossed = await callJsonService(second.endpointUrl, {
      key: first.credentials.accessKeyId,
      service: 'ssm',
      target: 'AmazonSSM.GetParameter',
      body: { Name: '/small/table' },
    });
    expect(crossed.body).toMatchObject({ __type: 'UnrecognizedClientException' });
  });

  it('shows what it did, and resets the counts', async () => {
    const clock = new Clock();
    const backend = await start({ clock });
    await call(backend, 'ssm', 'AmazonSSM.GetParameter', { Name: '/small/table' });
    expect(backend.counts()).toEqual({ 'ssm:GetParameter': { requests: 1, readUnits: 0, writeUnits: 0 } });
    backend.resetCounts();
    expect(backend.counts()).toEqual({});
    await fetch(`${backend.endpointUrl}/_plinth/clock`, { method: 'PUT', body: '{"advanceMs":60000}' });
    expect(clock.offsetMs).toBe(60_000);
    expect(backend.accessReport().unused).toHaveLength(2);
  });
});
