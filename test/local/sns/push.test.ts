import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreatePlatformApplicationCommand,
  CreatePlatformEndpointCommand,
  DeleteEndpointCommand,
  DeletePlatformApplicationCommand,
  GetEndpointAttributesCommand,
  GetPlatformApplicationAttributesCommand,
  ListEndpointsByPlatformApplicationCommand,
  ListPlatformApplicationsCommand,
  PublishCommand,
  type PublishCommandInput,
  SetEndpointAttributesCommand,
  SetPlatformApplicationAttributesCommand,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { arnOf } from '../../support/write-assembly.ts';
import { queue, until } from '../sqs/run-sqs.ts';
import { letService, runTopics, type TopicRun } from './run-sns.ts';

const resources = {
  All: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'all' } },
  Failures: {
    Type: 'AWS::SNS::Topic',
    Properties: { TopicName: 'failures', Subscription: [{ Protocol: 'sqs', Endpoint: arnOf('Feedback') }] },
  },
  Feedback: queue('feedback'),
  QueuePolicy: {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: { Queues: [{ Ref: 'Feedback' }], PolicyDocument: letService('sns.amazonaws.com', 'sqs:SendMessage', arnOf('Feedback')) },
  },
  TopicPolicy: {
    Type: 'AWS::SNS::TopicPolicy',
    Properties: { Topics: [{ Ref: 'Failures' }], PolicyDocument: letService('sns.amazonaws.com', 'sns:Publish', { Ref: 'Failures' }) },
  },
};

let run: TopicRun;
let apns = '';
let gcm = '';
const folder = mkdtempSync(join(tmpdir(), 'sns-'));
const appleKey = {
  PlatformCredential: 'key',
  PlatformPrincipal: 'KEYID12345',
  ApplePlatformTeamID: 'TEAM123456',
  ApplePlatformBundleID: 'com.example.notes',
};

const createApplication = async (Platform: string, Name: string, Attributes: Record<string, string>): Promise<string> =>
  (await run.sns.send(new CreatePlatformApplicationCommand({ Platform, Name, Attributes }))).PlatformApplicationArn ?? '';
const createEndpoint = async (PlatformApplicationArn: string, Token: string, more: object = {}): Promise<string> =>
  (await run.sns.send(new CreatePlatformEndpointCommand({ PlatformApplicationArn, Token, ...more }))).EndpointArn ?? '';
const attributesOf = async (EndpointArn: string) => (await run.sns.send(new GetEndpointAttributesCommand({ EndpointArn }))).Attributes;
const publish = (TargetArn: string, input: Partial<PublishCommandInput> = {}) =>
  run.sns.send(new PublishCommand({ TargetArn, Message: 'hello', ...input }));
const structured = (texts: object): Partial<PublishCommandInput> => ({
  MessageStructure: 'json',
  Message: JSON.stringify(
    Object.fromEntries(Object.entries(texts).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)])),
  ),
});
const mobile = (settings: Record<string, string>): Partial<PublishCommandInput> => ({
  MessageAttributes: Object.fromEntries(
    Object.entries(settings).map(([name, StringValue]) => [`AWS.SNS.MOBILE.${name}`, { DataType: 'String', StringValue }]),
  ),
});
const nextFailure = async () => JSON.parse(JSON.parse((await run.take('feedback')).Body ?? '').Message) as Record<string, unknown>;

beforeAll(async () => {
  run = await runTopics(resources, { folder });
  const events = { EventDeliveryFailure: run.topic('failures') };
  apns = await createApplication('APNS', 'notes', { ...appleKey, ...events });
  gcm = await createApplication('GCM', 'notes', { PlatformCredential: '{}', ...events });
});

afterAll(() => run.close());

describe('platform applications', () => {
  it.each([
    ['an unknown platform', 'FAX', 'notes', { PlatformCredential: 'x' }],
    ['no credential', 'GCM', 'other', {}],
    ['a team without a bundle', 'APNS', 'other', { ...appleKey, ApplePlatformBundleID: '' }],
    ['a name with blanks', 'GCM', 'a b', { PlatformCredential: 'x' }],
    ['the name of another one', 'GCM', 'notes', { PlatformCredential: 'other' }],
  ])('are refused with %s', async (_, platform, name, attributes) => {
    await expect(createApplication(platform, name, attributes)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  it('are made once, changed, shown without their secrets, and deleted with their endpoints', async () => {
    const arn = await createApplication('APNS_SANDBOX', 'short', appleKey);
    expect(arn).toBe('arn:aws:sns:eu-central-1:123456789012:app/APNS_SANDBOX/short');
    expect(await createApplication('APNS_SANDBOX', 'short', appleKey)).toBe(arn);
    const Attributes = { SuccessFeedbackSampleRate: '10' };
    await run.sns.send(new SetPlatformApplicationAttributesCommand({ PlatformApplicationArn: arn, Attributes }));
    const shown = await run.sns.send(new GetPlatformApplicationAttributesCommand({ PlatformApplicationArn: arn }));
    expect(shown.Attributes).toEqual({
      Enabled: 'true',
      ApplePlatformTeamID: 'TEAM123456',
      ApplePlatformBundleID: 'com.example.notes',
      SuccessFeedbackSampleRate: '10',
    });
    const endpoint = await createEndpoint(arn, 'ab'.repeat(32));
    const { PlatformApplications = [] } = await run.sns.send(new ListPlatformApplicationsCommand({}));
    expect(PlatformApplications.map((one) => one.PlatformApplicationArn)).toContain(arn);
    await run.sns.send(new DeletePlatformApplicationCommand({ PlatformApplicationArn: arn }));
    await expect(attributesOf(endpoint)).rejects.toMatchObject({ name: 'NotFoundException' });
    await expect(createEndpoint(arn, 'ab'.repeat(32))).rejects.toMatchObject({ name: 'NotFoundException' });
  });
});

describe('endpoints', () => {
  it('are refused without a token, and with one that the platform has not', async () => {
    await expect(createEndpoint(gcm, '')).rejects.toThrow('Invalid parameter: Token Reason: cannot be empty');
    await expect(createEndpoint(apns, 'no hex')).rejects.toThrow('iOS device tokens must be no more than 400 hexadecimal characters');
  });

  it('PU01 are the same for the same token and attributes, and refused with others, in the words of AWS', async () => {
    const first = await createEndpoint(gcm, 'token-a', { CustomUserData: 'user-a' });
    expect(first).toMatch(/^arn:aws:sns:eu-central-1:123456789012:endpoint\/GCM\/notes\/[\da-f-]{36}$/);
    expect(await createEndpoint(gcm, 'token-a', { CustomUserData: 'user-a' })).toBe(first);
    await expect(createEndpoint(gcm, 'token-a', { CustomUserData: 'user-b' })).rejects.toThrow(
      `Invalid parameter: Token Reason: Endpoint ${first} already exists with the same Token, but different attributes.`,
    );
    expect(await attributesOf(first)).toEqual({ Enabled: 'true', Token: 'token-a', CustomUserData: 'user-a' });
  });

  it('are changed, listed and deleted', async () => {
    const arn = await createEndpoint(gcm, 'token-b');
    const Attributes = { Token: 'token-c', Enabled: 'false', CustomUserData: 'x' };
    await run.sns.send(new SetEndpointAttributesCommand({ EndpointArn: arn, Attributes }));
    expect(await attributesOf(arn)).toEqual(Attributes);
    const { Endpoints = [] } = await run.sns.send(new ListEndpointsByPlatformApplicationCommand({ PlatformApplicationArn: gcm }));
    expect(Endpoints.map(({ EndpointArn }) => EndpointArn)).toContain(arn);
    await run.sns.send(new DeleteEndpointCommand({ EndpointArn: arn }));
    await run.sns.send(new DeleteEndpointCommand({ EndpointArn: arn }));
    await expect(attributesOf(arn)).rejects.toMatchObject({ name: 'NotFoundException' });
  });
});

describe('a push', () => {
  const iphone = 'a1'.repeat(32);

  it.each<[string, Partial<PublishCommandInput>]>([
    ['a payload that is no JSON', structured({ APNS: '{' })],
    ['a payload without aps', structured({ APNS: { alert: 'x' } })],
    ['a payload above 4 KB', structured({ APNS: { aps: { alert: 'x'.repeat(4_096) } } })],
    ['neither its own text nor a default', structured({ GCM: {} })],
    ['a priority that is none', mobile({ 'APNS.PRIORITY': '7' })],
    ['a time to live that is none', mobile({ 'APNS.TTL': '-1' })],
    ['a collapse id of 65 bytes', mobile({ 'APNS.COLLAPSE_ID': 'x'.repeat(65) })],
  ])('to Apple is refused with %s', async (_, input) => {
    const endpoint = await createEndpoint(apns, iphone);
    await expect(publish(endpoint, input)).rejects.toMatchObject({ name: 'InvalidParameterException' });
    expect(run.pushes(iphone)).toEqual([]);
  });

  it('is refused where there is no endpoint, and where it is disabled', async () => {
    await expect(publish(`${apns.replace(':app/', ':endpoint/')}/none`)).rejects.toThrow('No endpoint found for the target arn specified');
    const endpoint = await createEndpoint(gcm, 'sleeping', { Attributes: { Enabled: 'false' } });
    await expect(publish(endpoint)).rejects.toMatchObject({ name: 'EndpointDisabledException' });
  });

  it('to Apple has the headers and the payload that Apple gets', async () => {
    const endpoint = await createEndpoint(apns, 'b1'.repeat(32));
    const payload = { aps: { alert: { title: 'Hi', body: 'You' }, badge: 2 }, noteId: 'n1' };
    await publish(endpoint, {
      ...structured({ default: 'x', APNS: payload }),
      ...mobile({ 'APNS.TTL': '3600', 'APNS.PRIORITY': '5', 'APNS.COLLAPSE_ID': 'note', 'APNS.PUSH_TYPE': 'alert' }),
    });
    const [sent] = await until(() => run.pushes('b1'.repeat(32)).length > 0 && run.pushes('b1'.repeat(32)));
    expect(sent).toEqual({
      headers: {
        'apns-topic': 'com.example.notes',
        'apns-push-type': 'alert',
        'apns-priority': '5',
        'apns-expiration': expect.stringMatching(/^\d{10}$/),
        'apns-collapse-id': 'note',
      },
      payload,
    });
  });

  it('to Apple falls back to the default text, and is silent when its payload is', async () => {
    const token = 'c1'.repeat(32);
    const endpoint = await createEndpoint(apns, token);
    await publish(endpoint, structured({ default: 'for all' }));
    await until(() => run.pushes(token).length === 1);
    await publish(endpoint, structured({ APNS: { aps: { 'content-available': 1 } } }));
    await until(() => run.pushes(token).length === 2);
    expect(run.pushes(token)).toMatchObject([
      { headers: { 'apns-push-type': 'alert', 'apns-priority': '10' }, payload: { aps: { alert: 'for all' } } },
      { headers: { 'apns-push-type': 'background', 'apns-priority': '5' } },
    ]);
  });

  it('to Google is the request of its present interface, whatever it was given', async () => {
    const endpoint = await createEndpoint(gcm, 'android');
    const message = { notification: { title: 'Hi' }, data: { noteId: 'n1' }, android: { priority: 'high' } };
    const sends: Partial<PublishCommandInput>[] = [
      { ...structured({ GCM: { fcmV1Message: { message } } }), ...mobile({ 'FCM.TTL': '60' }) },
      structured({ GCM: { notification: { title: 'Hi', sound: 'ping' }, data: { n: 1 }, time_to_live: 30, collapse_key: 'k' } }),
      { Message: 'plain' },
    ];
    for (const [index, input] of sends.entries()) {
      await publish(endpoint, input);
      await until(() => run.pushes('android').length === index + 1);
    }
    expect(run.pushes('android')).toEqual([
      { message: { ...message, android: { priority: 'high', ttl: '60s' }, token: 'android' } },
      {
        message: {
          ...{ token: 'android', notification: { title: 'Hi' }, data: { n: '1' } },
          android: { ttl: '30s', collapse_key: 'k', notification: { sound: 'ping' } },
        },
      },
      { message: { data: { default: 'plain' }, token: 'android' } },
    ]);
  });

  it('PU03 to a topic reaches its devices, skips those that are disabled, and tells of them', async () => {
    const subscribe = (Endpoint: string) =>
      run.sns.send(new SubscribeCommand({ TopicArn: run.topic('all'), Protocol: 'application', Endpoint }));
    const disabled = await createEndpoint(gcm, 'off', { Attributes: { Enabled: 'false' } });
    const apple = await createEndpoint(apns, 'd1'.repeat(32));
    for (const endpoint of [disabled, apple, await createEndpoint(gcm, 'on')]) await subscribe(endpoint);
    await run.sns.send(new PublishCommand({ TopicArn: run.topic('all'), Message: 'to all' }));
    await until(() => run.pushes('on').length === 1 && run.pushes('d1'.repeat(32)).length === 1);
    expect(run.pushes('off')).toEqual([]);
    expect(await nextFailure()).toMatchObject({ EventType: 'DeliveryFailure', EndpointArn: disabled, FailureType: 'EndpointDisabled' });
    expect(run.pushes('d1'.repeat(32))).toMatchObject([{ payload: { aps: { alert: 'to all' } } }]);
  });
});

describe('a platform that refuses', () => {
  it('is told by a tool, which takes only what it knows', async () => {
    expect((await run.fail({ token: 'x', reason: 'Bored' })).status).toBe(400);
    expect((await run.fail({ reason: '503' })).status).toBe(400);
  });

  it.each(['Unregistered', 'BadDeviceToken', 'NOT_FOUND'])('%s disables the endpoint and tells the topic of failures', async (reason) => {
    const token = `dead-${reason}`;
    const endpoint = await createEndpoint(gcm, token);
    expect((await run.fail({ token, reason })).status).toBe(204);
    const { MessageId } = await publish(endpoint);
    expect(await nextFailure()).toEqual({
      DeliveryAttempts: 1,
      EndpointArn: endpoint,
      EventType: 'DeliveryFailure',
      FailureMessage: 'Platform token associated with the endpoint is not valid',
      FailureType: 'InvalidPlatformToken',
      MessageId,
      Resource: gcm,
      Service: 'SNS',
      Time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    });
    expect(await attributesOf(endpoint)).toMatchObject({ Enabled: 'false' });
    expect(run.pushes(token)).toEqual([]);
    await expect(publish(endpoint)).rejects.toMatchObject({ name: 'EndpointDisabledException' });
  });

  it('for a while gets the push again later', async () => {
    const endpoint = await createEndpoint(gcm, 'busy');
    await run.fail({ token: 'busy', reason: '503', times: 2 });
    await publish(endpoint);
    await until(() => {
      run.backend.clock.advance(10_000);
      return run.pushes('busy').length === 1;
    });
    expect(await attributesOf(endpoint)).toMatchObject({ Enabled: 'true' });
  });
});

describe('what SNS keeps', () => {
  it('outlives the process', async () => {
    const endpoint = await createEndpoint(gcm, 'kept', { CustomUserData: 'u' });
    await run.close();
    run = await runTopics(resources, { folder });
    expect(await attributesOf(endpoint)).toMatchObject({ Token: 'kept', CustomUserData: 'u' });
    const dump = JSON.stringify((await run.backend.dump())['sns']);
    expect(dump).toContain('"kept"');
    expect(dump).not.toContain('PlatformCredential');
  });
});
