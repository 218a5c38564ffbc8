import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreatePlatformApplicationCommand } from '@aws-sdk/client-sns';
import { allow, functionResource, roleResource } from '../../support/write-assembly.ts';
import { runTopics, type TopicRun } from './run-sns.ts';

/** Sends a request of its event to SNS in its own name. */
const CALLER = `exports.handler = async (input) => {
  const scope = 'AWS4-HMAC-SHA256 Credential=' + process.env.AWS_ACCESS_KEY_ID + '/20260101/x/sns/aws4_request, SignedHeaders=host, Signature=00';
  const headers = { authorization: scope, 'x-amz-security-token': process.env.AWS_SESSION_TOKEN, 'content-type': 'application/x-www-form-urlencoded' };
  const response = await fetch(process.env.AWS_ENDPOINT_URL, { method: 'POST', headers, body: new URLSearchParams(input).toString() });
  return { status: response.status, body: await response.text() };
};`;

const arn = (name: string): string => `arn:aws:sns:eu-central-1:123456789012:${name}`;
const application = arn('app/GCM/notes');
const topic = arn('news');
const device = { Action: 'CreatePlatformEndpoint', PlatformApplicationArn: application, Token: 'token' };

let run: TopicRun;
let lambda: LambdaClient;

beforeAll(async () => {
  run = await runTopics({
    News: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'news' } },
    Role: roleResource(
      allow('sns:CreatePlatformEndpoint', application),
      allow(['sns:Publish', 'sns:DeleteEndpoint'], arn('endpoint/GCM/notes/*')),
      allow(['sns:Subscribe', 'sns:Unsubscribe'], `${topic}*`),
    ),
    Caller: functionResource('Role', CALLER, { FunctionName: 'caller' }),
  });
  const { endpointUrl: endpoint, region, credentials } = run.backend;
  lambda = new LambdaClient({ endpoint, region, credentials });
  await run.sns.send(new CreatePlatformApplicationCommand({ Platform: 'GCM', Name: 'notes', Attributes: { PlatformCredential: '{}' } }));
});

afterAll(async () => {
  lambda.destroy();
  await run.close();
});

async function call(input: Record<string, string>): Promise<{ status: number; body: string }> {
  const answer = await lambda.send(new InvokeCommand({ FunctionName: 'caller', Payload: JSON.stringify(input) }));
  return JSON.parse(Buffer.from(answer.Payload ?? []).toString());
}

describe('a role', () => {
  it.each<[string, Record<string, string>, string]>([
    ['publish to a topic', { Action: 'Publish', TopicArn: topic, Message: 'x' }, 'sns:Publish'],
    ['publish to a phone', { Action: 'Publish', PhoneNumber: '+15550100', Message: 'x' }, 'sns:Publish'],
    ['make devices of another application', { ...device, PlatformApplicationArn: arn('app/GCM/other') }, 'sns:CreatePlatformEndpoint'],
    [
      'read an application',
      { Action: 'GetPlatformApplicationAttributes', PlatformApplicationArn: application },
      'sns:GetPlatformApplicationAttributes',
    ],
    ['list topics', { Action: 'ListTopics' }, 'sns:ListTopics'],
    ['make a topic', { Action: 'CreateTopic', Name: 'own' }, 'sns:CreateTopic'],
  ])('may not %s without a grant', async (_, input, action) => {
    const { status, body } = await call(input);
    expect(status).toBe(403);
    expect(body).toContain('<Code>AuthorizationError</Code>');
    expect(body).toContain(`is not authorized to perform: ${action} on resource`);
    expect(run.backend.inbox.list()).toEqual([]);
  });

  it('may do what it was granted, and that is recorded', async () => {
    const { body } = await call(device);
    const endpoint = /<EndpointArn>(.+?)</.exec(body)?.[1] ?? '';
    expect(await call({ Action: 'Publish', TargetArn: endpoint, Message: 'x' })).toMatchObject({ status: 200 });
    const { body: subscribed } = await call({ Action: 'Subscribe', TopicArn: topic, Protocol: 'application', Endpoint: endpoint });
    const subscription = /<SubscriptionArn>(.+?)</.exec(subscribed)?.[1] ?? '';
    expect(await call({ Action: 'Unsubscribe', SubscriptionArn: subscription })).toMatchObject({ status: 200 });
    expect(await call({ Action: 'DeleteEndpoint', EndpointArn: endpoint })).toMatchObject({ status: 200 });
    expect(run.backend.accessReport().unused).toEqual([]);
  });
});
