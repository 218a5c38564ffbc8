import { Annotations, Stack } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { CompiledPush } from '../../contracts/compiled.ts';
import { pushRoutes } from '../../contracts/push.ts';
import type { PushOptions } from '../../contracts/push-options.ts';
import { queueAttempts } from '../../contracts/push-table.ts';
import { variables } from '../../contracts/variables.ts';
import type { Api } from '../api/api.ts';
import { eventStreams } from '../api/bundle-function.ts';
import { FeatureFunction, type FeatureFunctionProps, type FunctionOptions } from '../api/feature-function.ts';
import type { FunctionParts } from '../api/function-parts.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';
import { connect, consume, createWorkQueue, type Pace, type WorkQueue } from '../api/work-queue.ts';
import type { AuthSource } from '../auth-source.ts';
import { type DeletionSource, forgetDeletedUsers } from '../deleted-users.ts';
import type { Stage } from '../stage.ts';
import { compilePush } from './compile-push.ts';
import { createApplications, type SnsPlatform } from './create-applications.ts';
import { createPushTable } from './create-push-table.ts';
import { createScheduler } from './create-scheduler.ts';
import { createSnsTopics } from './create-sns-topics.ts';
import { createWebKeys } from './create-web-keys.ts';
import {
  apiGrants,
  deletedUsersGrants,
  deliveriesGrants,
  feedbackGrants,
  messagesGrants,
  type PushParts,
  sendGrants,
} from './push-grants.ts';
import { definitionModule, pushModule, pushReplySchemas, pushRequestSchemas } from './push-module.ts';

export interface PushProps extends PushOptions, FunctionOptions {
  /** The API that gets the routes `/push/*`. */
  readonly api: Api;
  /** Whose access tokens count, and which groups there are: an `Auth`, or a user pool and client of your own. */
  readonly auth: AuthSource;
  /** A table of your own, with the string keys `pk` and `sk`, and the time to live `expiresAt`. @default - a new one is made */
  readonly table?: ITable;
  /** @default that of the API */
  readonly stage?: Stage;
}

const functionOptions = ({ memorySizeMb, logRetention, tracing }: FunctionOptions): FunctionOptions => ({
  memorySizeMb,
  logRetention,
  tracing,
});

/** What every function has that says nothing else. */
const functionTimeoutSeconds = 15;
/** One message may start a fan-out that takes the function's whole time. */
const messagesPace: Pace = { batchSize: 1, maxConcurrency: 10 };
const deliveriesPace: Pace = { batchSize: 5, maxConcurrency: 50 };
const feedbackPace: Pace = { batchSize: 10, maxConcurrency: 2 };

/**
 * Messages to phones and browsers: devices, topics, preferences and messages at `/push/*`. SNS sends to Apple and Google; to
 * browsers we send ourselves.
 *
 * @example
 * ```ts
 * const push = new Push(this, 'Push', { api, auth, web: { subject: 'mailto:ops@example.com' } });
 * push.deadLetters.deliveries.metricApproximateNumberOfMessagesVisible();
 * ```
 */
export class Push extends Construct {
  /** What the handlers know of the definition. */
  readonly definition: CompiledPush;
  readonly table: ITable;
  /** The SNS topics by topic, then by language; `all` is the one that every device hears. Empty with browsers alone. */
  readonly topics: Readonly<Record<string, Readonly<Record<string, Topic>>>>;
  /** The ARNs of SNS's platform applications by platform. */
  readonly applicationArns: Readonly<Partial<Record<SnsPlatform, string>>>;
  /** What could not be handled after all tries, by what it is. */
  readonly deadLetters: { readonly messages: Queue; readonly deliveries: Queue; readonly feedback: Queue };
  /** The function behind `/push/*`. */
  readonly requests: FeatureFunction;
  /** The function that finds who is to get a message. */
  readonly messages: FeatureFunction;
  /** The function that sends to devices. */
  readonly deliveries: FeatureFunction;
  /** The function that forgets devices which SNS could not reach. */
  readonly feedback: FeatureFunction;

  private readonly parts: PushParts;
  private readonly shared: Pick<FeatureFunctionProps, 'environment' | 'stage' | 'unusedModules'> & FunctionOptions;

  /** @throws Error for every mistake in the definition; it names the prop, shows the value and says what to do */
  constructor(scope: Construct, id: string, props: PushProps) {
    super(scope, id);
    const stage = props.stage ?? props.api.stage;
    const { push, warnings } = compilePush(props, props.auth.groups, stage);
    this.definition = push;
    for (const warning of warnings) Annotations.of(this).addWarningV2('plinth:push', warning);
    this.table = props.table ?? createPushTable(this, stage);
    const queues = this.createQueues();
    this.deadLetters = {
      messages: queues.messages.deadLetters,
      deliveries: queues.deliveries.deadLetters,
      feedback: queues.feedback.deadLetters,
    };
    const { sns, topics } = this.createSns(props, queues.feedback, stage);
    this.topics = topics;
    this.applicationArns = sns?.applications.arns ?? {};
    const webKeys = push.web && createWebKeys(this, functionOptions(props), stage);
    const scheduler = createScheduler(this, queues.messages, queues.deliveries);
    this.parts = { tableArn: this.table.tableArn, ...queues, scheduler, sns, webKeys };
    this.shared = { ...functionOptions(props), environment: this.environment(), unusedModules: [eventStreams], stage };
    this.requests = this.createRequests(props);
    this.messages = this.createMessages();
    this.deliveries = this.createDeliveries();
    this.feedback = this.createFeedback();
    this.awaitMadeResources();
    props.api.addRoutes('Push', pushRoutes, this.requests.function);
    props.api.describe({ requests: pushRequestSchemas(), replies: pushReplySchemas() });
  }

  private createQueues(): Pick<PushParts, 'messages' | 'deliveries' | 'feedback'> {
    return {
      messages: createWorkQueue(this, 'MessagesQueue', { timeoutSeconds: functionTimeoutSeconds, attempts: queueAttempts.messages }),
      deliveries: createWorkQueue(this, 'DeliveriesQueue', { timeoutSeconds: functionTimeoutSeconds, attempts: queueAttempts.deliveries }),
      feedback: createWorkQueue(this, 'FeedbackQueue', { timeoutSeconds: functionTimeoutSeconds, attempts: queueAttempts.messages }),
    };
  }

  private createSns(props: PushProps, feedback: WorkQueue, stage: Stage): Pick<PushParts, 'sns'> & Pick<Push, 'topics'> {
    const platforms = this.definition.platforms.filter((platform): platform is SnsPlatform => platform !== 'web');
    if (platforms.length === 0) return { sns: undefined, topics: {} };
    // Known before anything is made, so that functions need not wait for what they are told of.
    const name = `${Stack.of(this).stackName}-${this.node.addr.slice(-8)}`;
    const { arnPrefix, topics } = createSnsTopics(this, this.definition, name);
    const options = { apns: props.apns, fcm: props.fcm };
    const applications = createApplications(this, { platforms, options, name, feedback, functions: functionOptions(props), stage });
    return { sns: { topicArnPrefix: arnPrefix, applications }, topics };
  }

  private environment(): Readonly<Record<string, string>> {
    const { messages, deliveries, scheduler, sns } = this.parts;
    return {
      [variables.pushTable]: this.table.tableName,
      [variables.pushMessagesQueue]: messages.queue.queueUrl,
      [variables.pushDeliveriesQueue]: deliveries.queue.queueUrl,
      [variables.pushScheduler]: scheduler.settings,
      [variables.pushApplications]: Stack.of(this).toJsonString(this.applicationArns),
      ...(sns && { [variables.pushTopics]: sns.topicArnPrefix }),
    };
  }

  /** What a function needs to send messages, with `lambdas/push/in-process.ts` in its bundle. */
  functionParts(): FunctionParts {
    return {
      environment: this.environment(),
      grants: sendGrants(this.parts),
      modules: { '@compiled/push': pushModule(this.definition) },
    };
  }

  /** Has devices and preferences forgotten when their user's account is deleted. */
  forgetUsers(events: DeletionSource): FeatureFunction {
    return forgetDeletedUsers(this, 'DevicesOfDeletedUsers', events, {
      ...this.shared,
      description: 'Plinth: forgets the devices of deleted users',
      entry: lambdaEntry('push/deleted-users-handler.ts'),
      modules: { '@compiled/push': definitionModule(this.definition) },
      grants: deletedUsersGrants(this.parts),
    });
  }

  private createRequests({ auth }: PushProps): FeatureFunction {
    const { webKeys } = this.parts;
    return new FeatureFunction(this, 'Function', {
      ...this.shared,
      description: 'Plinth: devices, topics, preferences and messages of push',
      entry: lambdaEntry('push/handler.ts'),
      modules: { '@compiled/push': pushModule(this.definition) },
      environment: {
        ...this.shared.environment,
        [variables.userPoolId]: auth.userPool.userPoolId,
        [variables.userPoolClientId]: auth.userPoolClient.userPoolClientId,
        [variables.adminGroup]: auth.adminGroup,
        ...(webKeys && { [variables.vapidPublicKey]: webKeys.publicKey }),
      },
      grants: apiGrants(this.parts),
    });
  }

  private createMessages(): FeatureFunction {
    const { messages } = this.parts;
    const target = new FeatureFunction(this, 'Messages', {
      ...this.shared,
      description: 'Plinth: finds who is to get a message',
      entry: lambdaEntry('push/messages-handler.ts'),
      modules: { '@compiled/push': definitionModule(this.definition) },
      grants: [consume(messages), ...messagesGrants(this.parts)],
    });
    connect(messages, target, messagesPace);
    return target;
  }

  private createDeliveries(): FeatureFunction {
    const { deliveries, webKeys } = this.parts;
    const target = new FeatureFunction(this, 'Deliveries', {
      ...this.shared,
      description: 'Plinth: sends messages to devices',
      entry: lambdaEntry('push/deliveries-handler.ts'),
      modules: { '@compiled/push': definitionModule(this.definition) },
      environment: { ...this.shared.environment, ...(webKeys && { [variables.vapidSecret]: webKeys.secretArn }) },
      grants: [consume(deliveries), ...deliveriesGrants(this.parts)],
    });
    connect(deliveries, target, deliveriesPace);
    return target;
  }

  private createFeedback(): FeatureFunction {
    const { feedback } = this.parts;
    const target = new FeatureFunction(this, 'Feedback', {
      ...this.shared,
      description: 'Plinth: forgets devices that SNS could not reach',
      entry: lambdaEntry('push/feedback-handler.ts'),
      modules: { '@compiled/push': definitionModule(this.definition) },
      grants: [consume(feedback), ...feedbackGrants(this.parts)],
    });
    connect(feedback, target, feedbackPace);
    return target;
  }

  /** Functions know platform applications by their names, so that CloudFormation cannot see that they need them. */
  private awaitMadeResources(): void {
    const made = [...(this.parts.sns?.applications.resources ?? []), ...(this.parts.webKeys ? [this.parts.webKeys.resource] : [])];
    if (made.length === 0) return;
    for (const { function: target } of [this.requests, this.messages, this.deliveries]) target.node.addDependency(...made);
  }
}
