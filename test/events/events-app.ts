import { join } from 'node:path';
import { App, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { z } from 'zod';
import type { Grant } from '../../lib/api/create-role.ts';
import { FeatureFunction } from '../../lib/api/feature-function.ts';
import type { Events, Listener } from '../../lib/events/events.ts';
import { Backend, defineBackend, folder, model } from '../../lib/index.ts';

const definition = defineBackend({
  data: {
    models: {
      Note: model({
        fields: {
          title: z.string().max(200),
          body: z.string().max(300_000).optional(),
          more: z.string().max(300_000).optional(),
          stars: z.int().default(0),
          label: z.string().optional(),
        },
        previously: { fields: { label: 'tag' } },
        indexes: { byStars: ['stars', 'createdAt'] },
        access: (allow) => [allow.owner()],
      }),
      Visit: model({ fields: { until: z.iso.datetime() }, ttl: 'until', access: (allow) => [allow.owner()] }),
      Loop: model({ fields: { turns: z.int().default(0) }, access: (allow) => [allow.owner()] }),
    },
  },
  files: {
    folders: {
      papers: folder('papers/{owner}', { maxSizeBytes: 10_000, types: ['image/*', 'text/*'], access: (allow) => [allow.owner()] }),
    },
  },
  events: {
    types: {
      'order.shipped': z.object({ orderId: z.string(), parcels: z.int().default(1) }),
      'order.paid': z.object({ orderId: z.string() }),
    },
  },
});

/** A function behind a subscription. */
const consume = (
  events: Events,
  stack: Stack,
  id: string,
  listener: Listener,
  entry: string,
  parts: { environment: Record<string, string>; grants: Grant[] },
) => {
  const { queue } = events.on(stack, id, listener);
  const { environment, grants } = events.grantsToRemember();
  const target = new FeatureFunction(stack, `${id}Function`, {
    description: id,
    entry: join(import.meta.dirname, entry),
    environment: { ...environment, ...parts.environment },
    grants: [
      ...grants,
      ...parts.grants,
      { actions: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'], resources: [queue.queueArn] },
    ],
    stage: 'development',
  });
  const mapping = new EventSourceMapping(target, 'Source', {
    target: target.function,
    eventSourceArn: queue.queueArn,
    batchSize: 10,
    reportBatchItemFailures: true,
  });
  mapping.node.addDependency(target.role);
};

const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out', analyticsReporting: false });
const stack = new Stack(app, 'Events');
const { events, data } = new Backend(stack, 'Backend', definition);
if (events === undefined || data === undefined) throw new Error('the backend has no events');

const table = {
  partitionKey: { name: 'id', type: AttributeType.STRING },
  billingMode: BillingMode.PAY_PER_REQUEST,
  removalPolicy: RemovalPolicy.DESTROY,
};
const outbox = new Table(stack, 'Outbox', { ...table, stream: StreamViewType.NEW_AND_OLD_IMAGES });
events.addTable({ kind: 'outbox', table: outbox, partitionKey: 'id', prefix: 'E#', types: ['payment.succeeded'] });
new CfnOutput(stack, 'OutboxName', { value: outbox.tableName });

const effects = new Table(stack, 'Effects', table);
new CfnOutput(stack, 'EffectsName', { value: effects.tableName });
consume(events, stack, 'Effect', { types: ['Note.created', 'Note.updated'] }, 'effects-handler.ts', {
  environment: { EFFECTS_TABLE_NAME: effects.tableName },
  grants: [{ actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'], resources: [effects.tableArn] }],
});
consume(events, stack, 'Turn', { types: ['Loop.created', 'Loop.updated'] }, 'loop-handler.ts', {
  environment: { LOOP_TABLE_NAME: data.tables.Loop.tableName },
  grants: [{ actions: ['dynamodb:UpdateItem'], resources: [data.tables.Loop.tableArn] }],
});

const sender = new FeatureFunction(stack, 'Sender', {
  description: 'Sender',
  entry: join(import.meta.dirname, 'send-handler.ts'),
  ...events.grantsToSend(['order.shipped']),
  stage: 'development',
});
new CfnOutput(stack, 'SenderName', { value: sender.function.functionName });

/** Queues that the tests read themselves. */
const listeners: Readonly<Record<string, Listener>> = {
  Everything: { types: ['*'] },
  Starred: { types: ['Note.created', 'Note.updated', 'Note.deleted'], when: { stars: { gte: 3 }, title: { beginsWith: 'good' } } },
  Papers: { types: ['file.*'], when: { folder: 'papers' } },
};
for (const [id, listener] of Object.entries(listeners))
  new CfnOutput(stack, `${id}Url`, { value: events.on(stack, id, listener).queue.queueUrl });
app.synth();
