import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { variables } from '../../contracts/variables.ts';
import { webhookEvents, webhookRoutes } from '../../contracts/webhooks.ts';
import type { CompiledWebhooks, WebhooksOptions } from '../../contracts/webhooks-options.ts';
import { webhookQueueAttempts, webhooksTable } from '../../contracts/webhooks-table.ts';
import type { Api } from '../api/api.ts';
import { eventStreams } from '../api/bundle-function.ts';
import { FeatureFunction, type FeatureFunctionProps, type FunctionOptions } from '../api/feature-function.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';
import { connect, consume, createWorkQueue, type Pace, type WorkQueue } from '../api/work-queue.ts';
import type { AuthSource } from '../auth-source.ts';
import type { EventSource } from '../event-source.ts';
import type { Stage } from '../stage.ts';
import { compileWebhooks } from './compile-webhooks.ts';
import { createRetries, type Retries } from './create-retries.ts';
import { createWebhooksTable } from './create-webhooks-table.ts';
import { definitionModule, webhookReplySchemas, webhookRequestSchemas, webhooksModule } from './webhooks-module.ts';

export interface WebhooksProps extends FunctionOptions {
  /** What is sent, and for how long. @default all types, with the defaults of each option */
  readonly options?: WebhooksOptions;
  /** The API that gets the routes `/webhooks/*`. */
  readonly api: Api;
  /** Whose access tokens count: an `Auth`, or a user pool and client of your own. */
  readonly auth: AuthSource;
  /** What happens: an `Events`. */
  readonly events: EventSource;
  /** A table of your own, with the string keys `pk` and `sk`, the time to live `expiresAt` and a stream. @default - a new one is made */
  readonly table?: ITable;
  /** @default that of the API */
  readonly stage?: Stage;
}

const fanOutTimeoutSeconds = 30;
/** All posts of a batch at once, each of 15 s at the most, and the requests to the database around them. */
const deliveriesTimeoutSeconds = 45;
const fanOutPace: Pace = { batchSize: 10, maxConcurrency: 20 };
const deliveriesPace: Pace = { batchSize: 10, maxConcurrency: 50 };

/**
 * Webhooks by Standard Webhooks: admins manage endpoints at `/webhooks/*`, and what happens is posted to them, signed, with retries
 * over three days.
 *
 * @example
 * ```ts
 * const webhooks = new Webhooks(this, 'Webhooks', { api, auth, events, options: { events: ['Order.*'] } });
 * webhooks.deadLetters.deliveries.metricApproximateNumberOfMessagesVisible();
 * ```
 */
export class Webhooks extends Construct {
  /** What the handlers know of the definition. */
  readonly definition: CompiledWebhooks;
  readonly table: ITable;
  /** What is to be posted. */
  readonly queue: WorkQueue;
  /** The schedules of what is to be posted again later than a queue can wait, in their `group`. */
  readonly retries: Retries;
  /** What could not be handled after all tries, by what it is. */
  readonly deadLetters: { readonly events: Queue; readonly deliveries: Queue };
  /** The function behind `/webhooks/*`. */
  readonly requests: FeatureFunction;
  /** The function that finds which endpoints are to be told of an event. */
  readonly fanOut: FeatureFunction;
  /** The function that posts to endpoints. */
  readonly deliveries: FeatureFunction;

  private readonly shared: Pick<FeatureFunctionProps, 'environment' | 'stage' | 'unusedModules'> & FunctionOptions;

  /** @throws Error for every mistake in the definition; it names the prop, shows the value and says what to do */
  constructor(scope: Construct, id: string, props: WebhooksProps) {
    super(scope, id);
    const { memorySizeMb, logRetention, tracing, api, events, stage = api.stage } = props;
    this.definition = compileWebhooks(props.options ?? {}, events.eventTypes);
    this.table = props.table ?? createWebhooksTable(this, stage);
    this.queue = createWorkQueue(this, 'Deliveries', { timeoutSeconds: deliveriesTimeoutSeconds, attempts: webhookQueueAttempts });
    this.retries = createRetries(this, this.queue.queue);
    const environment = {
      [variables.webhooksTable]: this.table.tableName,
      [variables.webhookDeliveriesQueue]: this.queue.queue.queueUrl,
    };
    this.shared = { memorySizeMb, logRetention, tracing, environment, unusedModules: [eventStreams], stage };
    const told = events.on(this, 'Events', {
      name: 'webhooks.events',
      types: props.options?.events ?? ['*'],
      timeoutSeconds: fanOutTimeoutSeconds,
    });
    this.deadLetters = { events: told.deadLetters, deliveries: this.queue.deadLetters };
    events.addTable({ kind: 'outbox', table: this.table, types: webhookEvents, prefix: webhooksTable.outboxPrefix });
    events.addDeadLetters('webhooks', this.queue.deadLetters);
    this.requests = this.createRequests(props);
    this.fanOut = this.createFanOut(told);
    this.deliveries = this.createDeliveries();
    api.addRoutes('Webhooks', webhookRoutes, this.requests.function);
    api.describe({ requests: webhookRequestSchemas(), replies: webhookReplySchemas() });
  }

  private onTable(...actions: readonly string[]) {
    return { actions: actions.map((action) => `dynamodb:${action}`), resources: [this.table.tableArn] };
  }

  private sendToQueue() {
    return { actions: ['sqs:SendMessage'], resources: [this.queue.queue.queueArn] };
  }

  private createRequests({ auth }: WebhooksProps): FeatureFunction {
    return new FeatureFunction(this, 'Function', {
      ...this.shared,
      description: 'Plinth: endpoints of webhooks, and what was sent to them',
      entry: lambdaEntry('webhooks/handler.ts'),
      modules: { '@compiled/webhooks': webhooksModule(this.definition) },
      environment: {
        ...this.shared.environment,
        [variables.userPoolId]: auth.userPool.userPoolId,
        [variables.userPoolClientId]: auth.userPoolClient.userPoolClientId,
        [variables.adminGroup]: auth.adminGroup,
      },
      grants: [this.onTable('DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'), this.sendToQueue()],
    });
  }

  private createFanOut(events: WorkQueue): FeatureFunction {
    const target = new FeatureFunction(this, 'FanOut', {
      ...this.shared,
      description: 'Plinth: finds which endpoints of webhooks are to be told of an event',
      entry: lambdaEntry('webhooks/fan-out-handler.ts'),
      modules: { '@compiled/webhooks': definitionModule(this.definition) },
      timeoutSeconds: fanOutTimeoutSeconds,
      grants: [consume(events), this.onTable('PutItem', 'Query', 'UpdateItem'), this.sendToQueue()],
    });
    connect(events, target, fanOutPace);
    return target;
  }

  private createDeliveries(): FeatureFunction {
    const target = new FeatureFunction(this, 'Sender', {
      ...this.shared,
      description: 'Plinth: posts webhooks to endpoints',
      entry: lambdaEntry('webhooks/deliveries-handler.ts'),
      modules: { '@compiled/webhooks': definitionModule(this.definition) },
      timeoutSeconds: deliveriesTimeoutSeconds,
      environment: { ...this.shared.environment, [variables.webhookScheduler]: this.retries.settings },
      grants: [consume(this.queue), this.onTable('BatchGetItem', 'PutItem', 'UpdateItem'), this.sendToQueue(), ...this.retries.create],
    });
    connect(this.queue, target, deliveriesPace);
    return target;
  }
}
