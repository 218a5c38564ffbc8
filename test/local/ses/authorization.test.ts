import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { allow, functionResource, roleResource } from '../../support/write-assembly.ts';
import { runTopics, type TopicRun } from '../sns/run-sns.ts';

/** Sends a request of its event to SES in its own name. */
const CALLER = `exports.handler = async (input) => {
  const scope = 'AWS4-HMAC-SHA256 Credential=' + process.env.AWS_ACCESS_KEY_ID + '/20260101/x/ses/aws4_request, SignedHeaders=host, Signature=00';
  const headers = { authorization: scope, 'x-amz-security-token': process.env.AWS_SESSION_TOKEN, 'content-type': 'application/json' };
  const url = process.env.AWS_ENDPOINT_URL + '/v2/email/outbound-emails';
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(input) });
  return { status: response.status, body: await response.text() };
};`;

const arn = (resource: string): string => `arn:aws:ses:eu-central-1:123456789012:${resource}`;

let run: TopicRun;
let lambda: LambdaClient;

beforeAll(async () => {
  run = await runTopics({
    Open: { Type: 'AWS::SES::ConfigurationSet', Properties: { Name: 'open' } },
    Closed: { Type: 'AWS::SES::ConfigurationSet', Properties: { Name: 'closed' } },
    Own: { Type: 'AWS::SES::EmailIdentity', Properties: { EmailIdentity: 'own@example.com' } },
    Role: roleResource(allow('ses:SendEmail', [arn('identity/example.com'), arn('configuration-set/open')])),
    Caller: functionResource('Role', CALLER, { FunctionName: 'caller' }),
  });
  const { endpointUrl: endpoint, region, credentials } = run.backend;
  lambda = new LambdaClient({ endpoint, region, credentials });
});
afterAll(async () => {
  lambda.destroy();
  await run.close();
});

const Simple = { Subject: { Data: 'Hello' }, Body: { Text: { Data: 'Hi' } } };
const mail = { FromEmailAddress: 'a@example.com', Destination: { ToAddresses: ['b@example.org'] }, Content: { Simple } };
const raw = Buffer.from('From: a@example.com\r\nTo: b@example.org\r\n\r\nHi').toString('base64');

const call = async (input: object): Promise<{ status: number; body: string }> => {
  const answer = await lambda.send(new InvokeCommand({ FunctionName: 'caller', Payload: JSON.stringify(input) }));
  return JSON.parse(Buffer.from(answer.Payload ?? []).toString());
};

describe('a role', () => {
  it.each([
    ['send in the name of another domain', { ...mail, FromEmailAddress: 'a@example.net' }, 'ses:SendEmail', 'identity/example.net'],
    [
      'send in the name of an address that is an identity of its own',
      { ...mail, FromEmailAddress: 'own@example.com' },
      'ses:SendEmail',
      'identity/own@example.com',
    ],
    ['use another configuration set', { ...mail, ConfigurationSetName: 'closed' }, 'ses:SendEmail', 'configuration-set/closed'],
    ['send raw messages', { ...mail, Content: { Raw: { Data: raw } } }, 'ses:SendRawEmail', 'identity/example.com'],
  ])('may not %s without a grant', async (_, input, action, resource) => {
    const { status, body } = await call(input);
    expect(status).toBe(403);
    expect(body).toContain(`${action} on resource: ${arn(resource)}`);
    expect(run.backend.inbox.list()).toEqual([]);
  });

  it('may send as its policy says', async () => {
    expect((await call({ ...mail, ConfigurationSetName: 'open' })).status).toBe(200);
    expect(run.backend.inbox.list()).toHaveLength(1);
  });
});
