import { NotFoundException, SESv2Client, SendEmailCommand, type SendEmailCommandInput } from '@aws-sdk/client-sesv2';
import { arnOf } from '../../support/write-assembly.ts';
import { letService, runTopics, type TopicRun } from '../sns/run-sns.ts';

const set = 'mail';
let run: TopicRun;
let ses: SESv2Client;

beforeAll(async () => {
  run = await runTopics({
    Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'feedback' } },
    Policy: {
      Type: 'AWS::SNS::TopicPolicy',
      Properties: { Topics: [{ Ref: 'Topic' }], PolicyDocument: letService('ses.amazonaws.com', 'sns:Publish', { Ref: 'Topic' }) },
    },
    Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'told' } },
    QueuePolicy: {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: { Queues: [{ Ref: 'Queue' }], PolicyDocument: letService('sns.amazonaws.com', 'sqs:SendMessage', arnOf('Queue')) },
    },
    Subscription: {
      Type: 'AWS::SNS::Subscription',
      Properties: { TopicArn: { Ref: 'Topic' }, Protocol: 'sqs', Endpoint: arnOf('Queue'), RawMessageDelivery: true },
    },
    Set: { Type: 'AWS::SES::ConfigurationSet', Properties: { Name: set } },
    Feedback: {
      Type: 'AWS::SES::ConfigurationSetEventDestination',
      Properties: {
        ConfigurationSetName: { Ref: 'Set' },
        EventDestination: { Enabled: true, MatchingEventTypes: ['bounce', 'complaint'], SnsDestination: { TopicARN: { Ref: 'Topic' } } },
      },
    },
  });
  const { endpointUrl: endpoint, region, credentials } = run.backend;
  ses = new SESv2Client({ endpoint, region, credentials, maxAttempts: 1 });
});
afterAll(async () => {
  ses.destroy();
  await run.close();
});
beforeEach(() => run.backend.inbox.clear());

const simple = (more: object = {}) => ({
  Simple: { Subject: { Data: 'Hello' }, Body: { Text: { Data: 'How are you?' }, Html: { Data: '<p>How are you?</p>' } }, ...more },
});
const send = (to: string, more: Partial<SendEmailCommandInput> = {}) =>
  ses.send(
    new SendEmailCommand({
      FromEmailAddress: 'Shop <hello@example.com>',
      Destination: { ToAddresses: [to] },
      Content: simple(),
      ...more,
    }),
  );

describe('SendEmail refuses', () => {
  const bad: readonly [string, Partial<SendEmailCommandInput>][] = [
    ['an address that is none', { Destination: { ToAddresses: ['nobody'] } }],
    ['a line break in an address', { Destination: { ToAddresses: ['a@example.org\r\nBcc: b@example.org'] } }],
    ['a line break in the subject', { Content: simple({ Subject: { Data: 'a\r\nBcc: b@example.org' } }) }],
    ['no recipient', { Destination: {} }],
    ['51 recipients', { Destination: { ToAddresses: Array.from({ length: 51 }, (_, n) => `a${n}@example.org`) } }],
    ['no content', { Content: {} }],
    ['no body', { Content: { Simple: { Subject: { Data: 'a' }, Body: {} } } }],
    ['a template', { Content: { Template: { TemplateName: 'a', TemplateData: '{}' } } }],
    ['a line break in a header', { Content: simple({ Headers: [{ Name: 'List-Id', Value: 'a\r\nBcc: b@example.org' }] }) }],
    ['a colon in the name of a header', { Content: simple({ Headers: [{ Name: 'Bcc: b@example.org, X', Value: 'a' }] }) }],
    ['a header of 871 characters', { Content: simple({ Headers: [{ Name: 'List-Id', Value: 'a'.repeat(871) }] }) }],
    ['a tag with a space', { EmailTags: [{ Name: 'a b', Value: 'c' }] }],
  ];

  it.each(bad)('%s, and delivers nothing', async (_, more) => {
    await expect(send('ann@example.org', more)).rejects.toMatchObject({ name: 'BadRequestException' });
    expect(run.backend.inbox.list()).toEqual([]);
  });

  it('a configuration set that there is not', async () => {
    await expect(send('ann@example.org', { ConfigurationSetName: 'other' })).rejects.toBeInstanceOf(NotFoundException);
    expect(run.backend.inbox.list()).toEqual([]);
  });
});

describe('SendEmail', () => {
  it('puts what it sends into the inbox, with what came along', async () => {
    const Attachments = [{ FileName: 'a.txt', ContentType: 'text/plain', RawContent: Buffer.from('hello') }];
    const { MessageId } = await send('Ann <ann@example.org>', { Content: simple({ Attachments }) });
    expect(MessageId).toMatch(/-000000$/);
    expect(run.backend.inbox.list()).toEqual([
      expect.objectContaining({
        channel: 'email',
        to: 'ann@example.org',
        subject: 'Hello',
        body: 'How are you?',
        html: '<p>How are you?</p>',
        attachments: [{ filename: 'a.txt', type: 'text/plain', sizeBytes: 5 }],
      }),
    ]);
  });

  it('reads raw messages', async () => {
    const lines = [
      'From: hello@example.com',
      'To: ann@example.org',
      'Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=',
      'Content-Type: text/html',
      'List-Unsubscribe: <mailto:leave@example.com>, <https://example.com/u/1>',
      'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
      '',
      '<p>Hi</p>',
    ];
    const Raw = { Data: Buffer.from(lines.join('\r\n')) };
    await ses.send(new SendEmailCommand({ Content: { Raw } }));
    expect(run.backend.inbox.list()).toEqual([
      expect.objectContaining({ to: 'ann@example.org', subject: 'Grüße', html: expect.stringContaining('<p>Hi</p>') }),
    ]);
    expect(run.backend.inbox.list()[0]?.unsubscribeUrl).toBe('https://example.com/u/1');
  });

  it('takes headers, and shows where one click unsubscribes if both are there', async () => {
    const list = { Name: 'List-Unsubscribe', Value: '<https://example.com/u/1>' };
    await send('ann@example.org', { Content: simple({ Headers: [list] }) });
    expect(run.backend.inbox.list()[0]).not.toHaveProperty('unsubscribeUrl');
    await send('ann@example.org', {
      Content: simple({ Headers: [list, { Name: 'List-Unsubscribe-Post', Value: 'List-Unsubscribe=One-Click' }] }),
    });
    expect(run.backend.inbox.list()[0]?.unsubscribeUrl).toBe('https://example.com/u/1');
  });

  it.each([
    ['bounce', 'Bounce', { bounce: { bounceType: 'Permanent', bounceSubType: 'General' } }],
    ['complaint', 'Complaint', { complaint: { complaintFeedbackType: 'abuse' } }],
  ])('tells of a %s on the topic of the configuration set, with the tags of the e-mail', async (name, eventType, more) => {
    const address = `${name}@simulator.amazonses.com`;
    const EmailTags = [{ Name: 'message', Value: 'A-17' }];
    const { MessageId } = await send(address, { ConfigurationSetName: set, EmailTags });
    const { Body = '' } = await run.take('told');
    expect(JSON.parse(Body)).toMatchObject({
      eventType,
      mail: { messageId: MessageId, destination: [address], tags: { message: ['A-17'], 'ses:configuration-set': [set] } },
      ...more,
    });
  });

  it('tells nothing of what is delivered, and nothing without a configuration set', async () => {
    await send('success@simulator.amazonses.com', { ConfigurationSetName: set });
    await send('bounce@simulator.amazonses.com');
    const last = `bounce+${crypto.randomUUID()}@simulator.amazonses.com`;
    await send(last, { ConfigurationSetName: set });
    const { Body = '' } = await run.take('told');
    expect(JSON.parse(Body).mail.destination).toEqual([last]);
  });
});
