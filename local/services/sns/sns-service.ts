import { randomUUID } from 'node:crypto';
import {
  AwsError,
  type AwsRequest,
  type AwsResponse,
  type HandedMessage,
  type LocalContext,
  type LocalService,
  type LocalTool,
  type ResolvedResource,
} from '../service.ts';
import { Deliveries } from './deliveries.ts';
import { checkMessage, type Message } from './message.ts';
import { PlatformEvents } from './platform-events.ts';
import { applicationOperations, endpointOperations } from './platform-operations.ts';
import { checkTopicMessage, publishOperations } from './publish-operations.ts';
import { PushFailures } from './push-failures.ts';
import { PushSender } from './push-sender.ts';
import { QueryInput } from './query-request.ts';
import { queryAnswer } from './sns-answer.ts';
import type { SnsOperation, SnsParts } from './sns-parts.ts';
import { SnsStore } from './sns-store.ts';
import { confirm } from './subscriptions.ts';
import { readSubscriptions, readTopics } from './template-topics.ts';
import { subscriptionOperations, topicOperations } from './topic-operations.ts';

/** SNS of a local run: topics, and pushes to devices that land in the inbox. */
export class SnsService implements LocalService {
  readonly tools: Readonly<Record<string, LocalTool>>;
  readonly #parts: SnsParts;
  readonly #operations: Readonly<Record<string, SnsOperation>>;

  constructor(resources: readonly ResolvedResource[], context: LocalContext) {
    const store = new SnsStore(context.folder);
    const failures = new PushFailures();
    const events = new PlatformEvents(store, context, (topicArn, message) => deliveries.publish(topicArn, [message]));
    const push = new PushSender({ store, context, failures, events });
    const deliveries: Deliveries = new Deliveries({ store, context, push });
    this.#parts = { store, deliveries, events, context };
    this.#operations = {
      ...topicOperations(this.#parts),
      ...subscriptionOperations(this.#parts),
      ...publishOperations(this.#parts),
      ...applicationOperations(this.#parts),
      ...endpointOperations(this.#parts),
    };
    this.tools = this.#makeTools(failures);
    const pending = new Set(store.subscriptions().map(({ arn }) => arn));
    store.declare(readTopics(resources), readSubscriptions(resources));
    for (const subscription of store.subscriptions())
      if (subscription.token !== undefined && !pending.has(subscription.arn)) deliveries.askForConfirmation(subscription);
    deliveries.start();
  }

  async handle(request: AwsRequest): Promise<AwsResponse> {
    const operation = Object.hasOwn(this.#operations, request.operation) ? this.#operations[request.operation] : undefined;
    if (operation === undefined)
      throw new AwsError('InvalidAction', `${request.operation || 'an operation without a name'} is not run locally.`);
    const result = operation(new QueryInput(request), { ...request, authorize: authorizeAsSns(request) });
    return queryAnswer(request.operation, result, randomUUID());
  }

  /** Takes a message of another service, which has asked whether it may publish. @throws AwsError as `Publish` does */
  async deliver(topicArn: string, text: string, handed: HandedMessage = {}): Promise<void> {
    const message: Message = {
      id: randomUUID(),
      text,
      subject: handed.subject,
      structured: false,
      attributes: handed.messageAttributes ?? {},
      groupId: handed.messageGroupId,
      deduplicationId: handed.messageDeduplicationId,
      publishedAt: this.#parts.context.clock.now(),
    };
    checkMessage(message);
    checkTopicMessage(this.#parts, topicArn, message);
    this.#parts.deliveries.publish(topicArn, [message]);
  }

  async dump(): Promise<unknown> {
    return { ...this.#parts.store.dump(), deliveries: this.#parts.deliveries.dump() };
  }

  async dispose(): Promise<void> {
    await this.#parts.deliveries.stop();
    this.#parts.store.close();
  }

  #makeTools(failures: PushFailures): Readonly<Record<string, LocalTool>> {
    return {
      'GET /push-failures': () => failures.list(),
      'PUT /push-failures': ({ body }) => failures.set(body),
      'DELETE /push-failures': () => failures.clear(),
      'GET /sns/confirm': ({ query }) => ({
        SubscriptionArn: confirm(this.#parts, query.get('TopicArn') ?? '', query.get('Token') ?? '').arn,
      }),
      'GET /sns/unsubscribe': ({ query }) => this.#parts.store.deleteSubscription(query.get('SubscriptionArn') ?? ''),
    };
  }
}

/** SNS has a code of its own for what a caller may not do. */
function authorizeAsSns({ authorize }: AwsRequest): AwsRequest['authorize'] {
  return (action, resourceArn, context) => {
    try {
      authorize(action, resourceArn, context);
    } catch (cause) {
      if (!(cause instanceof AwsError) || cause.code !== 'AccessDeniedException') throw cause;
      throw new AwsError('AuthorizationError', cause.message, { status: 403, cause });
    }
  };
}
