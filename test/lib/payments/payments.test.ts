import { AttributeType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { z } from 'zod';
import { paymentsEvents, paymentsRoutes } from '../../../contracts/payments.ts';
import { eventAttempts } from '../../../contracts/payments-table.ts';
import { Api } from '../../../lib/api/api.ts';
import { Auth } from '../../../lib/auth/auth.ts';
import { Backend } from '../../../lib/backend.ts';
import { model } from '../../../lib/index.ts';
import { Payments, type PaymentsProps } from '../../../lib/payments/payments.ts';
import type { Stage } from '../../../lib/stage.ts';
import { actionsOf, emptyStack, statementsOf, synth } from '../../support/synth.ts';

const basis = {
  secretName: 'shop/stripe',
  currency: 'eur',
  products: { mug: { name: 'Mug', amount: 1_200 } },
  successUrl: 'https://shop.example.com/thanks',
  cancelUrl: 'https://shop.example.com/cart',
};

const synthPayments = (props: Partial<PaymentsProps> = {}, stage: Stage = 'development') =>
  synth((stack) => {
    const api = new Api(stack, 'Api', { stage });
    return new Payments(stack, 'Payments', { api, auth: new Auth(stack, 'Auth', { api }), ...basis, ...props });
  });

type Resource = { readonly Properties: Record<string, unknown>; readonly DeletionPolicy?: string };

describe('Payments by default', () => {
  const { template } = synthPayments();
  const all = (type: string) => Object.entries(template.findResources(type)) as [string, Resource][];
  const tableOf = () => all('AWS::DynamoDB::Table').find(([id]) => id.startsWith('Payments'))?.[1];
  const queueOf = (part: string) => all('AWS::SQS::Queue').find(([id]) => id.includes(part))?.[1].Properties;

  it('makes a table on demand with lists by user and day, a stream, points in time and a time to live', () => {
    expect(tableOf()).toMatchObject({
      DeletionPolicy: 'Delete',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        GlobalSecondaryIndexes: [{ IndexName: 'byUser' }, { IndexName: 'byDay' }],
      },
    });
  });

  it('has a route for everything in the contract', () => {
    for (const { method, path } of Object.values(paymentsRoutes)) {
      template.hasResourceProperties('AWS::ApiGatewayV2::Route', { RouteKey: `${method} ${path}` });
    }
  });

  it('FI15 keeps events hidden for six times as long as their function may run, and puts them aside after all tries', () => {
    expect(queueOf('EventsQueueA') ?? queueOf('EventsQueue')).toMatchObject({
      VisibilityTimeout: 90,
      SqsManagedSseEnabled: true,
      RedrivePolicy: { maxReceiveCount: eventAttempts },
    });
    expect(queueOf('DeadLetters')).toMatchObject({ MessageRetentionPeriod: 14 * 86_400, SqsManagedSseEnabled: true });
    const functions = Object.values(template.findResources('AWS::Lambda::Function')) as Resource[];
    const handling = functions.find(({ Properties }) => Properties['Description'] === 'Plinth: applies events of Stripe');
    expect(handling?.Properties['Timeout']).toBe(15);
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 5 },
    });
  });

  it('lets each function do what it does and no more', () => {
    const logs = ['logs:CreateLogStream', 'logs:PutLogEvents'];
    const both = ['dynamodb:GetItem', 'dynamodb:PutItem', 'secretsmanager:GetSecretValue', ...logs];
    expect(actionsOf(template, 'PaymentsFunction')).toEqual([...both, 'dynamodb:Query', 'sqs:SendMessage'].sort());
    const consume = ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'];
    expect(actionsOf(template, 'PaymentsHandling')).toEqual([...both, ...consume].sort());
    const secrets = statementsOf(template).filter(({ Action }) => [Action].flat().includes('secretsmanager:GetSecretValue'));
    for (const { Resource } of secrets) expect(JSON.stringify(Resource)).toContain(':secret:shop/stripe-??????');
  });

  it('holds no key: only the name of the secret', () => {
    const functions = Object.values(template.findResources('AWS::Lambda::Function')) as Resource[];
    const variables = functions.flatMap(({ Properties }) =>
      Object.values((Properties['Environment'] as { Variables?: object })?.Variables ?? {}),
    );
    expect(variables).toContain('shop/stripe');
  });
});

describe('Payments', () => {
  it('keeps its table in production', () => {
    const { template } = synthPayments({}, 'production');
    const [, table] = Object.entries(template.findResources('AWS::DynamoDB::Table')).find(([id]) => id.startsWith('Payments')) ?? [];
    expect(table).toMatchObject({ DeletionPolicy: 'Retain', Properties: { DeletionProtectionEnabled: true } });
  });

  it('takes a table of your own', () => {
    const stack = emptyStack();
    const table = new Table(stack, 'Own', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
    });
    const api = new Api(stack, 'Api');
    const payments = new Payments(stack, 'Payments', { api, auth: new Auth(stack, 'Auth', { api }), ...basis, table });
    expect(payments.table).toBe(table);
    expect(payments.node.tryFindChild('Table')).toBeUndefined();
  });

  it('tells a listener of its table, by the prefix of what is to be told', () => {
    const told: unknown[] = [];
    const events = { addTable: (source: unknown) => told.push(source), addDeadLetters: (name: string) => told.push(name) } as never;
    const { built } = synthPayments({ events });
    expect(told).toEqual([{ kind: 'outbox', table: built.table, types: paymentsEvents, prefix: 'O#' }, 'payments']);
  });

  it('refuses a catalog whose table it is not given', () => {
    const catalog = { model: 'Product', price: 'priceCents', name: 'title' };
    expect(() => synthPayments({ products: {}, catalog })).toThrow('payments.catalog.model is "Product", which is no model');
  });
});

describe('Backend with payments', () => {
  const Product = model({ fields: { title: z.string(), priceCents: z.int() }, access: (allow) => [allow.signedIn().to('get')] });
  const { products, ...more } = basis;
  const definition = {
    data: { models: { Product } },
    events: {},
    integrations: { payments: { ...more, catalog: { model: 'Product', price: 'priceCents', name: 'title' } } },
  };

  it('reads products in batches only, and watches functions, table and dead letters', () => {
    const { template } = synth((stack) => new Backend(stack, 'Backend', definition, { alarms: true }));
    const reads = statementsOf(template).filter(
      ({ policy, Action }) => policy.includes('PaymentsFunction') && Action === 'dynamodb:BatchGetItem',
    );
    expect(reads).toHaveLength(1);
    expect(JSON.stringify(reads[0]?.Resource)).toContain('Product');
    const alarms = Object.keys(template.findResources('AWS::CloudWatch::Alarm')).join(' ');
    for (const name of ['PaymentsErrors', 'PaymentsHandlingErrors', 'PaymentsTableThrottles', 'DeadLetterspayments'])
      expect(alarms).toContain(name);
  });
});
