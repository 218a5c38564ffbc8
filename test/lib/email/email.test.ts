import { AttributeType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { emailRoutes } from '../../../contracts/email.ts';
import { Api } from '../../../lib/api/api.ts';
import { Auth } from '../../../lib/auth/auth.ts';
import { Backend } from '../../../lib/backend.ts';
import { Email, type EmailProps } from '../../../lib/email/email.ts';
import { Events } from '../../../lib/events/events.ts';
import type { Stage } from '../../../lib/stage.ts';
import { actionsOf, statementsOf, synth } from '../../support/synth.ts';

const from = 'Shop <hello@example.com>';
const synthEmail = (props: Partial<EmailProps> = {}, stage: Stage = 'development') =>
  synth((stack) => {
    const api = new Api(stack, 'Api', { stage });
    const events = new Events(stack, 'Events', { stage });
    return new Email(stack, 'Email', { api, auth: new Auth(stack, 'Auth', { api }), events, options: { from }, ...props });
  });

type Resource = { readonly Properties: Record<string, unknown> };
type Reference = { readonly Ref: string; readonly 'Fn::GetAtt': readonly string[] };

const logs = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const consume = ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'];
const dynamo = (...actions: string[]) => actions.map((action) => `dynamodb:${action}`);
const taking = [...logs, ...dynamo('DeleteItem', 'GetItem', 'PutItem', 'Query'), 'sqs:SendMessage'];
const sending = [...logs, ...consume, 'sqs:ChangeMessageVisibility', ...dynamo('GetItem', 'UpdateItem'), 'cognito-idp:AdminGetUser'];

describe('Email by default', () => {
  const { template, built } = synthEmail();
  const all = (type: string) => Object.values(template.findResources(type)) as Resource[];

  it('has a route for everything in the contract', () => {
    for (const { method, path } of Object.values(emailRoutes))
      template.hasResourceProperties('AWS::ApiGatewayV2::Route', { RouteKey: `${method} ${path}` });
  });

  it('has SES tell of bounces and complaints on a topic that leads to a queue', () => {
    const [topicId = ''] = Object.keys(template.findResources('AWS::SNS::Topic')).filter((id) => id.startsWith('EmailSes'));
    template.hasResourceProperties('AWS::SES::ConfigurationSetEventDestination', {
      EventDestination: { Enabled: true, MatchingEventTypes: ['bounce', 'complaint'], SnsDestination: { TopicARN: { Ref: topicId } } },
    });
    template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'sqs', RawMessageDelivery: true, TopicArn: { Ref: topicId } });
    const statements = JSON.stringify(all('AWS::SNS::TopicPolicy'));
    expect(statements).toContain('"Principal":{"Service":"ses.amazonaws.com"}');
    expect(statements).toContain(':configuration-set/');
  });

  it('has no list of the account keep back what was opened again here', () => {
    template.hasResourceProperties('AWS::SES::ConfigurationSet', { SuppressionOptions: { SuppressedReasons: [] } });
  });

  it('FI15 hides messages for six times as long as their function may run, and puts aside what fails', () => {
    const functions = template.findResources('AWS::Lambda::Function') as Record<string, Resource>;
    const queues = template.findResources('AWS::SQS::Queue') as Record<string, Resource>;
    const mappings = all('AWS::Lambda::EventSourceMapping').filter(({ Properties }) =>
      (Properties['FunctionName'] as Reference).Ref.startsWith('Email'),
    );
    expect(mappings).toHaveLength(2);
    for (const { Properties } of mappings) {
      const target = functions[(Properties['FunctionName'] as Reference).Ref];
      const source = queues[(Properties['EventSourceArn'] as Reference)['Fn::GetAtt'][0] ?? ''];
      expect(Number(source?.Properties['VisibilityTimeout'])).toBeGreaterThanOrEqual(6 * Number(target?.Properties['Timeout']));
      expect(source?.Properties['RedrivePolicy']).toMatchObject({ maxReceiveCount: expect.any(Number) });
      expect(source?.Properties['SqsManagedSseEnabled']).toBe(true);
      expect(Properties['FunctionResponseTypes']).toEqual(['ReportBatchItemFailures']);
    }
  });

  it('lets each function do what it does, and on its own resources alone', () => {
    expect(actionsOf(template, 'EmailFunction')).toEqual([...taking].sort());
    expect(actionsOf(template, 'EmailSender')).toEqual([...sending, 'ses:SendEmail'].sort());
    expect(actionsOf(template, 'EmailFeedbackReader')).toEqual([...logs, ...consume, ...dynamo('GetItem', 'PutItem', 'UpdateItem')].sort());
    const own = statementsOf(template).filter(({ policy }) => policy.startsWith('Email'));
    for (const { Resource: resource } of own) expect(resource).not.toBe('*');
    const ses = own.find(({ Action }) => Action === 'ses:SendEmail');
    expect(JSON.stringify(ses?.Resource)).toMatch(/:configuration-set\/.*:identity\/example\.com"/);
  });

  it('gives other functions what sending needs, and nothing more', () => {
    const { grants, environment, modules } = built.functionParts();
    expect(grants.flatMap(({ actions }) => actions).sort()).toEqual([
      ...dynamo('DeleteItem', 'GetItem', 'PutItem', 'Query'),
      'sqs:SendMessage',
    ]);
    expect(Object.keys(environment).sort()).toEqual(['EMAIL_QUEUE_URL', 'EMAIL_TABLE_NAME']);
    expect(Object.keys(modules)).toEqual(['@compiled/email', '@compiled/email-files']);
  });
});

describe('Email', () => {
  it.each(['smtp', 'resend'] as const)('reads the secret of %s, and makes nothing of SES', (name) => {
    const secret = { secretName: 'email/key' };
    const transport = name === 'smtp' ? { smtp: secret } : { resend: secret };
    const { template, built } = synthEmail({ options: { from, transport } });
    expect(actionsOf(template, 'EmailSender')).toEqual([...sending, 'secretsmanager:GetSecretValue'].sort());
    const read = statementsOf(template).find(({ Action }) => Action === 'secretsmanager:GetSecretValue');
    expect(JSON.stringify(read?.Resource)).toContain(':secret:email/key-??????');
    template.resourceCountIs('AWS::SES::ConfigurationSet', 0);
    expect(built.feedback).toBeUndefined();
  });

  it('keeps its table in production', () => {
    const { template } = synthEmail({}, 'production');
    const tables = Object.entries(template.findResources('AWS::DynamoDB::Table')).filter(([id]) => id.startsWith('Email'));
    expect(tables).toEqual([
      [
        expect.any(String),
        expect.objectContaining({ DeletionPolicy: 'Retain', Properties: expect.objectContaining({ DeletionProtectionEnabled: true }) }),
      ],
    ]);
  });

  it('takes a table of your own', () => {
    const { built } = synth((stack) => {
      const api = new Api(stack, 'Api', {});
      const key = { type: AttributeType.STRING };
      const keys = { partitionKey: { name: 'pk', ...key }, sortKey: { name: 'sk', ...key } };
      const table = new Table(stack, 'Own', { ...keys, stream: StreamViewType.NEW_AND_OLD_IMAGES });
      const auth = new Auth(stack, 'Auth', { api });
      return new Email(stack, 'Email', { api, auth, events: new Events(stack, 'Events'), options: { from }, table });
    });
    expect(built.table.node.id).toBe('Own');
    expect(built.ses?.configurationSet.configurationSetName).toBeDefined();
  });

  it('comes with a bus, and with alarms where there are any', () => {
    const { template, built } = synth(
      (stack) => new Backend(stack, 'Backend', { integrations: { email: { from } } }, { stage: 'production' }),
    );
    expect(built.events).toBeDefined();
    const watched = (Object.keys(template.findResources('AWS::CloudWatch::Alarm')) as string[]).filter((id) => /[Ee]mail/.test(id));
    expect(watched.length).toBeGreaterThanOrEqual(9);
  });
});
