import { ArnFormat, Stack } from 'aws-cdk-lib';
import { AttributeType, type ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { CfnDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { analyticsRoutes } from '../../contracts/analytics.ts';
import { analyticsAttempts, consentsTable } from '../../contracts/analytics-deliveries.ts';
import type { AnalyticsOptions, CompiledAnalytics } from '../../contracts/analytics-options.ts';
import { variables } from '../../contracts/variables.ts';
import type { Api } from '../api/api.ts';
import { eventStreams } from '../api/bundle-function.ts';
import type { Grant } from '../api/create-role.ts';
import { FeatureFunction, type FeatureFunctionProps, type FunctionOptions } from '../api/feature-function.ts';
import type { FunctionParts } from '../api/function-parts.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';
import { connect, consume, createWorkQueue, type Pace, type WorkQueue } from '../api/work-queue.ts';
import type { AuthSource } from '../auth-source.ts';
import { type DeletionSource, forgetDeletedUsers } from '../deleted-users.ts';
import type { EventSource } from '../event-source.ts';
import { keptTable, type Stage } from '../stage.ts';
import { analyticsModule, analyticsReplySchemas, analyticsRequestSchemas, definitionModule } from './analytics-module.ts';
import { type CompiledAnalyticsOptions, compileAnalytics } from './compile-analytics.ts';
import { type AthenaTable, createAthenaTable } from './create-athena-table.ts';
import { createEventsBucket } from './create-events-bucket.ts';
import { createStream } from './create-stream.ts';

export interface AnalyticsProps extends FunctionOptions {
  /** What apps tell, and where it goes. */
  readonly options: AnalyticsOptions;
  /** The API that gets the routes `/analytics/*`. */
  readonly api: Api;
  /** Whose access tokens count: an `Auth`, or a user pool and client of your own. */
  readonly auth: AuthSource;
  /** Looks after the dead letters: an `Events`. @default - `plinth events` does not list them */
  readonly events?: Pick<EventSource, 'addDeadLetters'> | undefined;
  /** A bucket of your own. @default - a new one is made */
  readonly bucket?: IBucket;
  /** @default that of the API */
  readonly stage?: Stage;
}

/** Requests to a service for up to 45 s (lambdas/analytics/send-by-halves.ts), and those to AWS around them. */
const deliveriesTimeoutSeconds = 60;
/** The most that SQS takes ("Message quotas"). */
const queueMessageBytes = 1_048_576;
const deliveriesPace: Pace = { batchSize: 1, maxConcurrency: 10 };

/**
 * Events of apps: `POST /analytics/events` checks them by schema and consent and puts them into a delivery stream, which writes them
 * as JSON Lines into a bucket that Athena reads. Services outside get them by way of a queue.
 *
 * @example
 * ```ts
 * const events = { 'page.viewed': z.object({ path: z.string().max(200) }) };
 * const analytics = new Analytics(this, 'Analytics', { api, auth, options: { events, pii: ['email'] } });
 * ```
 */
export class Analytics extends Construct {
  /** What the handlers know of the definition. */
  readonly definition: CompiledAnalytics;
  /** Holds the events below `events/day=<day>/`. */
  readonly bucket: IBucket;
  readonly stream: CfnDeliveryStream;
  /** Where Athena finds the events. */
  readonly athena: AthenaTable;
  /** What users have said. */
  readonly consents: ITable;
  /** The function behind `/analytics/*`. */
  readonly requests: FeatureFunction;
  /** The function that puts into the stream what it did not take at once, and sends events on. */
  readonly deliveries: FeatureFunction;
  /** Events that the stream did not take at once, and those for services outside. */
  readonly queue: WorkQueue;
  /** Events that could not be put anywhere after all tries. */
  readonly deadLetters: Queue;

  private readonly compiled: CompiledAnalyticsOptions;
  private readonly shared: Pick<FeatureFunctionProps, 'environment' | 'stage' | 'unusedModules'> & FunctionOptions;

  /** @throws Error for every mistake in the definition; it names the prop, shows the value and says what to do */
  constructor(scope: Construct, id: string, props: AnalyticsProps) {
    super(scope, id);
    const { memorySizeMb, logRetention, tracing, api, events, options, stage = api.stage } = props;
    this.compiled = compileAnalytics(options);
    this.definition = this.compiled.analytics;
    this.bucket = props.bucket ?? createEventsBucket(this, options.retentionDays, stage);
    this.stream = createStream(this, this.bucket, stage);
    this.athena = createAthenaTable(this, this.bucket);
    this.consents = this.createConsents(stage);
    const timeoutSeconds = deliveriesTimeoutSeconds;
    this.queue = createWorkQueue(this, 'Deliveries', { timeoutSeconds, attempts: analyticsAttempts, maxMessageBytes: queueMessageBytes });
    this.deadLetters = this.queue.deadLetters;
    events?.addDeadLetters('analytics', this.deadLetters);
    const environment = { [variables.analyticsStream]: this.stream.ref, [variables.analyticsQueue]: this.queue.queue.queueUrl };
    this.shared = { memorySizeMb, logRetention, tracing, environment, unusedModules: [eventStreams], stage };
    this.requests = this.createRequests(props);
    this.deliveries = this.createDeliveries();
    api.addRoutes('Analytics', analyticsRoutes, this.requests.function);
    api.describe({ requests: analyticsRequestSchemas(), replies: analyticsReplySchemas() });
  }

  /** What a function needs to record events, with `lambdas/analytics/in-process.ts` in its bundle: `ctx.analytics`. */
  functionParts(): FunctionParts {
    return {
      environment: { ...this.shared.environment, [variables.analyticsConsents]: this.consents.tableName },
      grants: [...this.putting(), { actions: ['dynamodb:GetItem'], resources: [this.consents.tableArn] }],
      modules: { '@compiled/analytics': analyticsModule(this.compiled) },
    };
  }

  /** Has it forgotten what a user has said about analytics when the account is deleted. */
  forgetUsers(events: DeletionSource): FeatureFunction {
    return forgetDeletedUsers(this, 'ConsentsOfDeletedUsers', events, {
      ...this.shared,
      description: 'Plinth: forgets what deleted users have said about analytics',
      entry: lambdaEntry('analytics/deleted-users-handler.ts'),
      modules: { '@compiled/analytics': definitionModule(this.compiled) },
      environment: { [variables.analyticsConsents]: this.consents.tableName },
      grants: [{ actions: ['dynamodb:DeleteItem'], resources: [this.consents.tableArn] }],
    });
  }

  private createConsents(stage: Stage): Table {
    return new Table(this, 'Consents', {
      partitionKey: { name: consentsTable.partitionKey, type: AttributeType.STRING },
      ...keptTable(stage),
    });
  }

  private putting(): readonly Grant[] {
    return [
      { actions: ['firehose:PutRecordBatch'], resources: [this.stream.attrArn] },
      { actions: ['sqs:SendMessage'], resources: [this.queue.queue.queueArn] },
    ];
  }

  private createRequests({ auth }: AnalyticsProps): FeatureFunction {
    return new FeatureFunction(this, 'Function', {
      ...this.shared,
      description: 'Plinth: takes events of apps, and what users say about them',
      entry: lambdaEntry('analytics/handler.ts'),
      modules: { '@compiled/analytics': analyticsModule(this.compiled) },
      environment: {
        ...this.shared.environment,
        [variables.analyticsConsents]: this.consents.tableName,
        [variables.userPoolId]: auth.userPool.userPoolId,
        [variables.userPoolClientId]: auth.userPoolClient.userPoolClientId,
      },
      grants: [...this.putting(), { actions: ['dynamodb:GetItem', 'dynamodb:PutItem'], resources: [this.consents.tableArn] }],
    });
  }

  /** Secrets Manager ends ARNs with a hyphen and six characters of its own. */
  private secretGrants(): readonly Grant[] {
    const names = Object.values(this.definition.forward).map(({ secretName }) => secretName);
    if (names.length === 0) return [];
    const place = { service: 'secretsmanager', resource: 'secret', arnFormat: ArnFormat.COLON_RESOURCE_NAME };
    const resources = names.map((name) => Stack.of(this).formatArn({ ...place, resourceName: `${name}-??????` }));
    return [{ actions: ['secretsmanager:GetSecretValue'], resources }];
  }

  /** Only services refuse events for good. */
  private deadLetterGrants(): readonly Grant[] {
    if (Object.keys(this.definition.forward).length === 0) return [];
    return [{ actions: ['sqs:SendMessage'], resources: [this.deadLetters.queueArn] }];
  }

  private createDeliveries(): FeatureFunction {
    const target = new FeatureFunction(this, 'Sender', {
      ...this.shared,
      description: 'Plinth: puts late events into the stream, and sends events to services outside',
      entry: lambdaEntry('analytics/deliveries-handler.ts'),
      modules: { '@compiled/analytics': definitionModule(this.compiled) },
      timeoutSeconds: deliveriesTimeoutSeconds,
      environment: { ...this.shared.environment, [variables.analyticsDeadLetters]: this.deadLetters.queueUrl },
      grants: [
        consume(this.queue),
        { actions: ['sqs:ChangeMessageVisibility'], resources: [this.queue.queue.queueArn] },
        ...this.putting(),
        ...this.secretGrants(),
        ...this.deadLetterGrants(),
      ],
    });
    connect(this.queue, target, deliveriesPace);
    return target;
  }
}
