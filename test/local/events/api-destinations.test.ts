import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Message } from '@aws-sdk/client-sqs';
import { Clock } from '../../../local/clock.ts';
import { startLocal } from '../../../local/local-backend.ts';
import { allow, arnOf, roleResource, writeAssembly } from '../../support/write-assembly.ts';
import { type Received, type Receiver, startReceiver } from '../../webhooks/receiver.ts';
import { letService, runTopics, type TopicRun } from '../sns/run-sns.ts';
import { queue, until } from '../sqs/run-sqs.ts';

const secret = (name: string, key: string) => `{{resolve:secretsmanager:${name}:SecretString:${key}::}}`;
const connection = (AuthorizationType: string, AuthParameters: object) => ({
  Type: 'AWS::Events::Connection',
  Properties: { AuthorizationType, AuthParameters },
});
const destination = (connectionId: string, path: string, more: object = {}) => ({
  Type: 'AWS::Events::ApiDestination',
  Properties: {
    ...{ ConnectionArn: arnOf(connectionId), HttpMethod: 'POST', InvocationEndpoint: `https://api.example.com${path}` },
    ...more,
  },
});
const rule = (source: string, destinationId: string, target: object = {}) => ({
  Type: 'AWS::Events::Rule',
  Properties: {
    Name: source,
    EventPattern: { source: [source] },
    Targets: [
      {
        ...{ Id: 'Target0', Arn: arnOf(destinationId), RoleArn: arnOf('Role'), DeadLetterConfig: { Arn: arnOf('Dead') } },
        ...target,
      },
    ],
  },
});

const resources = {
  Dead: queue('dead'),
  QueuePolicy: {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: { Queues: [{ Ref: 'Dead' }], PolicyDocument: letService('events.amazonaws.com', 'sqs:SendMessage', '*') },
  },
  Role: roleResource(allow('events:InvokeApiDestination', ['Keyed', 'Basic', 'Tokens', 'Unknown', 'Slow', 'Merged'].map(arnOf))),
  KeyConnection: connection('API_KEY', { ApiKeyAuthParameters: { ApiKeyName: 'X-Api-Key', ApiKeyValue: `Key ${secret('crm', 'token')}` } }),
  Keyed: destination('KeyConnection', '/keyed'),
  ByKey: rule('keyed', 'Keyed', {
    InputTransformer: {
      InputPathsMap: { name: '$.detail.name', nothing: '$.detail.nothing' },
      InputTemplate: '{"name":<name>,"nothing":<nothing>,"fixed":[1]}',
    },
  }),
  Refused: rule('refused', 'Forbidden'),
  Forbidden: destination('KeyConnection', '/forbidden'),
  Impatient: rule('impatient', 'Keyed', { RetryPolicy: { MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 3_600 } }),
  BasicConnection: connection('BASIC', {
    BasicAuthParameters: { Username: secret('crm', 'user'), Password: secret('crm', 'password') },
  }),
  Basic: destination('BasicConnection', '/orders/*/lines/*?v=2', { HttpMethod: 'PUT' }),
  ByPath: rule('basic', 'Basic', {
    InputPath: '$.detail',
    HttpParameters: {
      PathParameterValues: ['$.detail.id', 'all'],
      QueryStringParameters: { from: '$.source', fixed: 'yes' },
      HeaderParameters: { 'Idempotency-Key': '$.detail.id' },
    },
  }),
  MergedConnection: connection('API_KEY', {
    ApiKeyAuthParameters: { ApiKeyName: 'x-api-key', ApiKeyValue: secret('crm', 'token') },
    InvocationHttpParameters: {
      BodyParameters: [{ Key: 'api_key', Value: secret('crm', 'token'), IsValueSecret: true }],
      QueryStringParameters: [{ Key: 'q', Value: 'of the connection' }],
      HeaderParameters: [{ Key: 'X-Place', Value: 'of the connection' }],
    },
  }),
  Merged: destination('MergedConnection', '/merged'),
  ByBody: rule('merged', 'Merged', {
    InputPath: '$.detail',
    HttpParameters: { QueryStringParameters: { q: 'of the target' }, HeaderParameters: { 'x-place': 'of the target' } },
  }),
  OAuthConnection: connection('OAUTH_CLIENT_CREDENTIALS', {
    OAuthParameters: {
      ...{ AuthorizationEndpoint: 'https://login.example.com/token', HttpMethod: 'POST' },
      ClientParameters: { ClientID: secret('crm', 'user'), ClientSecret: secret('crm', 'password') },
      OAuthHttpParameters: { BodyParameters: [{ Key: 'grant_type', Value: 'client_credentials' }] },
    },
  }),
  Tokens: destination('OAuthConnection', '/tokens'),
  ByToken: rule('tokens', 'Tokens', { InputPath: '$.detail' }),
  UnknownConnection: connection('BASIC', {
    BasicAuthParameters: { Username: secret('nobody-gave-it', 'user'), Password: secret('nobody-gave-it', 'password') },
  }),
  Unknown: destination('UnknownConnection', '/unknown'),
  ByNobody: rule('unknown', 'Unknown', { InputPath: '$.detail' }),
  Slow: destination('KeyConnection', '/slow', { InvocationRateLimitPerSecond: 5 }),
  BySlow: rule('slow', 'Slow', { InputPath: '$.detail' }),
};

let run: TopicRun;
let receiver: Receiver;
let client: EventBridgeClient;
let clock: Clock;

beforeAll(async () => {
  receiver = await startReceiver();
  clock = new Clock();
  run = await runTopics(resources, { clock });
  const { endpointUrl: endpoint, region, credentials } = run.backend;
  client = new EventBridgeClient({ endpoint, region, credentials, maxAttempts: 1 });
  const secrets = new SecretsManagerClient({ endpoint, region, credentials });
  const SecretString = JSON.stringify({ token: 'k"1', user: 'ada', password: 'pass:word', apiUrl: receiver.url });
  await secrets.send(new CreateSecretCommand({ Name: 'crm', SecretString }));
  secrets.destroy();
});

afterAll(async () => {
  client.destroy();
  await run.close();
  await receiver.close();
});

const put = (Source: string, ...details: object[]) =>
  client.send(
    new PutEventsCommand({ Entries: details.map((detail) => ({ Source, DetailType: 'Thing', Detail: JSON.stringify(detail) })) }),
  );
const received = (path: string, count = 1): Promise<readonly Received[]> =>
  until(() => {
    const all = receiver.received.filter((one) => one.path.startsWith(path));
    return all.length >= count && all;
  });
const attributes = ({ MessageAttributes = {} }: Message) =>
  Object.fromEntries(Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]));

describe('an API destination', () => {
  it('is not called by a role that may not, and the event is put aside', async () => {
    await put('refused', { n: 1 });
    const dead = await run.take('dead');
    expect(JSON.parse(dead.Body ?? '')).toMatchObject({ source: 'refused', detail: { n: 1 } });
    expect(attributes(dead)).toMatchObject({
      ERROR_CODE: 'NO_PERMISSIONS',
      RULE_ARN: 'arn:aws:events:eu-central-1:123456789012:rule/refused',
      TARGET_ARN: expect.stringMatching(/:api-destination\/[\w-]+\/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/),
    });
    expect(receiver.of('/forbidden')).toEqual([]);
  });

  it.each([400, 401, 404, 302])('puts an event aside that is answered with %i, without another try', async (status) => {
    receiver.answer('/keyed', { status });
    await put('keyed', { name: 'Ada' });
    expect(attributes(await run.take('dead'))).toEqual({
      ERROR_CODE: 'SDK_CLIENT_ERROR',
      ERROR_MESSAGE: expect.stringContaining(`answered ${status}`),
      RULE_ARN: expect.stringContaining(':rule/keyed'),
      TARGET_ARN: expect.stringContaining(':api-destination/'),
    });
  });

  it('puts aside what is larger than the payload may be', async () => {
    receiver.answer('/keyed', { status: 200 });
    await put('impatient', { text: 'x'.repeat(65_600) });
    expect(attributes(await run.take('dead'))).toMatchObject({ ERROR_MESSAGE: expect.stringContaining('65536 bytes') });
  });

  it('sends what the transformer makes, with the key of the secret', async () => {
    const before = receiver.of('/keyed').length;
    await put('keyed', { name: 'A "B"\n<c>' });
    const [call] = (await received('/keyed', before + 1)).slice(before);
    expect(JSON.parse(call?.body ?? '')).toEqual({ name: 'A "B"\n<c>', nothing: '', fixed: [1] });
    expect(call).toMatchObject({
      method: 'POST',
      headers: {
        'x-api-key': 'Key k"1',
        'content-type': 'application/json; charset=utf-8',
        'user-agent': 'Amazon/EventBridge/ApiDestinations',
        range: 'bytes=0-1048575',
        connection: 'close',
      },
    });
  });

  it('tries again after 429 and 5xx, and after as long as it is asked to wait', async () => {
    const before = receiver.of('/keyed').length;
    receiver.answer('/keyed', { status: 500 }, { status: 429, headers: { 'retry-after': '60' } }, { status: 204 });
    await put('keyed', { name: 'again' });
    await received('/keyed', before + 2);
    clock.advance(30_000);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(receiver.of('/keyed')).toHaveLength(before + 2);
    const calls = await until(() => {
      clock.advance(5_000);
      const all = receiver.of('/keyed');
      return all.length > before + 2 && all;
    });
    expect(new Set(calls.slice(before).map(({ body }) => body)).size).toBe(1);
  });

  it('gives up after the tries of its policy, or at once where it is asked not to come again', async () => {
    receiver.answer('/keyed', { status: 503 });
    await put('impatient', { n: 1 });
    await until(() => {
      clock.advance(10_000);
      return receiver.received.filter(({ body }) => body.includes('"impatient"')).length === 2;
    });
    expect(attributes(await run.take('dead'))).toMatchObject({ EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts', RETRY_ATTEMPTS: '1' });
    receiver.answer('/keyed', { status: 503, headers: { 'retry-after': '-1' } });
    await put('keyed', { name: 'never' });
    expect(attributes(await run.take('dead'))).not.toHaveProperty('RETRY_ATTEMPTS');
  });

  it('waits five seconds for an answer, and tries again', async () => {
    const before = receiver.of('/keyed').length;
    receiver.answer('/keyed', 'silent', { status: 200 });
    const began = performance.now();
    await put('keyed', { name: 'slow' });
    await received('/keyed', before + 1);
    await until(() => receiver.of('/keyed').length > before + 1, 12_000);
    expect(performance.now() - began).toBeGreaterThan(5_900);
  });

  it('fills the wildcards of the path, query and headers from the event', async () => {
    await put('basic', { id: 'a/b c', n: 1 });
    const [call] = await received('/orders/');
    expect(call).toMatchObject({
      method: 'PUT',
      path: '/orders/a%2Fb%20c/lines/all?v=2&from=basic&fixed=yes',
      headers: { authorization: `Basic ${btoa('ada:pass:word')}`, 'idempotency-key': 'a/b c' },
      body: '{"id":"a/b c","n":1}',
    });
    await put('basic', { n: 2 });
    expect(attributes(await run.take('dead'))).toMatchObject({ ERROR_MESSAGE: expect.stringContaining('without a value') });
  });

  it('adds the parameters of the connection, which win', async () => {
    await put('merged', { id: 1, api_key: 'of the event' });
    const [call] = await received('/merged');
    expect(call).toMatchObject({ path: '/merged?q=of+the+connection', headers: { 'x-place': 'of the connection', 'x-api-key': 'k"1' } });
    expect(JSON.parse(call?.body ?? '')).toEqual({ id: 1, api_key: 'k"1' });
  });

  it('gets a token by client credentials, keeps it, and gets another one when it is refused', async () => {
    const body = JSON.stringify({ access_token: 't1', expires_in: 3_600 });
    receiver.answer('/token', { status: 200, body }, { status: 200, body: body.replace('t1', 't2') });
    await put('tokens', { n: 1 });
    const [asked] = await received('/token', 2);
    expect(asked).toMatchObject({ path: '/token', headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    expect(Object.fromEntries(new URLSearchParams(asked?.body))).toEqual({
      ...{ client_id: 'ada', client_secret: 'pass:word', grant_type: 'client_credentials' },
    });
    await put('tokens', { n: 2 });
    await until(() => receiver.of('/tokens').length === 2);
    expect(receiver.of('/token')).toHaveLength(1);
    receiver.answer('/tokens', { status: 401 }, { status: 200 });
    await put('tokens', { n: 3 });
    await until(() => receiver.of('/tokens').length === 4);
    expect(receiver.of('/tokens').map(({ headers }) => headers.authorization)).toEqual(
      ['t1', 't1', 't1', 't2'].map((one) => `Bearer ${one}`),
    );
  });

  it('puts a request into the inbox as long as nobody has given the secret', async () => {
    await put('unknown', { n: 1 });
    const [message] = await until(() => {
      const found = run.backend.inbox.list('https://api.example.com/unknown');
      return found.length > 0 && found;
    });
    const { headers, body } = JSON.parse(message?.body ?? '{}');
    expect(message).toMatchObject({ channel: 'webhook' });
    expect(headers).toMatchObject({ authorization: `Basic ${btoa('user:password')}` });
    expect(body).toBe('{"n":1}');
  });

  it('is called no faster than its rate, and waiting costs no attempt', async () => {
    const began = performance.now();
    await put('slow', ...Array.from({ length: 10 }, (_, n) => ({ n })));
    const calls = await received('/slow', 10);
    expect(performance.now() - began).toBeGreaterThan(1_700);
    expect(new Set(calls.map(({ body }) => body)).size).toBe(10);
  });
});

describe('a start', () => {
  it.each([
    ['a destination without its connection', { Bad: destination('Dead', '/') }, /Bad is not valid: ConnectionArn/],
    [
      'plain HTTP',
      { Bad: destination('KeyConnection', '/', { InvocationEndpoint: 'http://api.example.com' }) },
      /Bad is not valid: InvocationEndpoint is no https URL/,
    ],
    ['a method that is none', { Bad: destination('KeyConnection', '/', { HttpMethod: 'TRACE' }) }, /HttpMethod is TRACE/],
    ['a connection without its parts', { Bad: connection('BASIC', {}) }, /The connection Bad is not valid: it has no Username/],
  ])('refuses %s', async (_, bad, message) => {
    await expect(startLocal({ assembly: writeAssembly({ ...resources, ...bad }) })).rejects.toThrow(message);
  });
});
