import { callJson, type JsonOperation } from '../json-call.ts';
import {
  AwsError,
  type AwsRequest,
  type AwsResponse,
  type HandedMessage,
  type LocalContext,
  type LocalService,
  type ResolvedResource,
} from '../service.ts';
import type { StoredMessage } from './message-store.ts';
import { MoveTasks } from './move-tasks.ts';
import { sqsOperations } from './operations.ts';
import { type Queue, settingOf } from './queue.ts';
import { Queues, type ReceiveOptions } from './queues.ts';
import { checkMessage } from './send-messages.ts';

/** What a queue hands to Lambda, which reads it without requests. */
export interface QueueReader {
  readonly queue: Queue;
  receive(options: ReceiveOptions): Promise<StoredMessage[]>;
  delete(messages: readonly StoredMessage[]): void;
  /** Makes a message that was taken visible again. */
  release(message: StoredMessage): void;
  readonly visibilityMs: number;
}

/** SQS of a local run. */
export class SqsService implements LocalService {
  readonly #queues: Queues;
  readonly #operations: Readonly<Record<string, JsonOperation>>;
  readonly #context: LocalContext;

  constructor(resources: readonly ResolvedResource[], context: LocalContext) {
    const { partition, region, accountId } = context.account;
    this.#context = context;
    this.#queues = new Queues(resources, context);
    const moves = new MoveTasks(this.#queues, context.log);
    const arnOf = (name: string): string => `arn:${partition}:sqs:${region}:${accountId}:${name}`;
    this.#operations = sqsOperations({ queues: this.#queues, moves, arnOf });
  }

  async handle(request: AwsRequest): Promise<AwsResponse> {
    const answer = await callJson(this.#operations, request);
    return { ...answer, headers: { 'content-type': 'application/x-amz-json-1.0' } };
  }

  /** Takes a message of another service, which has asked whether it may send. @throws AwsError as `SendMessage` does */
  async deliver(queueArn: string, body: string, handed: HandedMessage = {}): Promise<void> {
    const queue = this.#queues.byArn(queueArn);
    const { messageAttributes: MessageAttributes = {}, messageGroupId, messageDeduplicationId } = handed;
    const message = checkMessage(
      queue,
      {
        MessageBody: body,
        MessageAttributes,
        ...(messageGroupId !== undefined && { MessageGroupId: messageGroupId }),
        ...(messageDeduplicationId !== undefined && { MessageDeduplicationId: messageDeduplicationId }),
      },
      { senderId: handed.senderId ?? this.#context.account.accountId, now: this.#context.clock.now() },
    );
    this.#queues.send(queue, [message]);
  }

  /** Undefined when the run has no such queue. */
  reader(queueArn: string): QueueReader | undefined {
    const queue = this.#queues.list().find(({ arn }) => arn === queueArn);
    return (
      queue && {
        queue,
        receive: (options) => this.#queues.receive(queue, options),
        delete: (messages) => {
          if (this.#queues.closed) throw new AwsError('ServiceUnavailable', 'The local backend ends.', { status: 503 });
          const { store } = this.#queues;
          store.atOnce(() => {
            for (const { receipt } of messages) store.delete(queue, receipt);
          });
          if (queue.fifo) this.#queues.wake(queue);
        },
        release: ({ receipt }) => {
          this.#queues.store.setVisibleAt(queue, receipt, this.#context.clock.now());
          this.#queues.wake(queue);
        },
        get visibilityMs() {
          return settingOf(queue, 'VisibilityTimeout') * 1_000;
        },
      }
    );
  }

  async dump(): Promise<unknown> {
    return this.#queues.store.dump();
  }

  async dispose(): Promise<void> {
    this.#queues.close();
  }
}
