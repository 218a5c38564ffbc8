import { join } from 'node:path';
import { App, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { z } from 'zod';
import { FeatureFunction } from '../../lib/api/feature-function.ts';
import { Backend, defineBackend, model } from '../../lib/index.ts';

const { crashOneIn = 0 } = JSON.parse(process.env['TEST_APP_SETTINGS'] ?? '{}') as { readonly crashOneIn?: number };
const timeoutSeconds = 15;

const definition = defineBackend({
  data: { models: { Note: model({ fields: { title: z.string() }, access: (allow) => [allow.owner()] }) } },
  events: { types: { 'effect.counted': z.object({ note: z.looseObject({ id: z.string() }) }) } },
  // The clock is moved over all retries of a webhook, and further.
  integrations: { webhooks: { events: ['effect.counted'], disableAfterDays: 60 } },
});

const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out', analyticsReporting: false });
const stack = new Stack(app, 'Ledger');
const { events } = new Backend(stack, 'Backend', definition);
if (events === undefined) throw new Error('the backend has no events');
const effects = new Table(stack, 'Effects', {
  partitionKey: { name: 'id', type: AttributeType.STRING },
  billingMode: BillingMode.PAY_PER_REQUEST,
  stream: StreamViewType.NEW_AND_OLD_IMAGES,
  removalPolicy: RemovalPolicy.DESTROY,
});
events.addTable({ kind: 'outbox', table: effects, types: [], partitionKey: 'id' });
new CfnOutput(stack, 'EffectsName', { value: effects.tableName });
const { queue } = events.on(stack, 'Effect', { types: ['Note.*'], timeoutSeconds });
new CfnOutput(stack, 'QueueUrl', { value: queue.queueUrl });
const { environment, grants } = events.grantsToRemember();
const consumer = new FeatureFunction(stack, 'Consumer', {
  description: 'Counts effects',
  entry: join(import.meta.dirname, 'ledger-handler.ts'),
  timeoutSeconds,
  environment: { ...environment, EFFECTS_TABLE_NAME: effects.tableName, CRASH_ONE_IN: String(crashOneIn) },
  grants: [
    ...grants,
    { actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'], resources: [effects.tableArn] },
    { actions: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'], resources: [queue.queueArn] },
  ],
  stage: 'development',
});
const mapping = new EventSourceMapping(consumer, 'Source', {
  target: consumer.function,
  eventSourceArn: queue.queueArn,
  batchSize: 10,
  maxConcurrency: 8,
  reportBatchItemFailures: true,
});
mapping.node.addDependency(consumer.role);
app.synth();
