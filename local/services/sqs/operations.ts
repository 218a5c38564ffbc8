import type { JsonOperation } from '../json-call.ts';
import { AwsError, type AwsRequest } from '../service.ts';
import type { MoveTasks, StartMoveInput } from './move-tasks.ts';
import type { Queue, QueueSettings } from './queue.ts';
import { type Queues, queueDoesNotExist } from './queues.ts';
import {
  changeVisibility,
  deleteMessage,
  forEachReceipt,
  type ReceiptInput,
  type ReceiveInput,
  receiveMessages,
  type VisibilityInput,
} from './receive-messages.ts';
import { type MessageInput, sendMessage, sendMessageBatch } from './send-messages.ts';

export interface SqsParts {
  readonly queues: Queues;
  readonly moves: MoveTasks;
  /** The ARN that a queue of this name has or would have. */
  arnOf(name: string): string;
}

type Entries<Entry> = readonly (Entry & { readonly Id: string })[];
type QueueOperation = (queue: Queue, input: never, request: AwsRequest) => unknown;

const PURGE_MS = 60_000;

/** The operations that name a queue by its URL. Each needs the action of its own name, batches the one of the single operation. */
function queueOperations({ queues }: SqsParts): Readonly<Record<string, QueueOperation>> {
  const purges = new Map<string, number>();
  return {
    SendMessage: (queue, input: MessageInput, request) => sendMessage(queues, queue, { ...input, request }),
    SendMessageBatch: (queue, { Entries }: { Entries: Entries<MessageInput> }, request) =>
      sendMessageBatch(queues, queue, Entries, request),
    ReceiveMessage: (queue, input: ReceiveInput) => receiveMessages(queues, queue, input),
    DeleteMessage: (queue, input: ReceiptInput) => deleteMessage(queues, queue, input),
    DeleteMessageBatch: (queue, { Entries }: { Entries: Entries<ReceiptInput> }) =>
      queues.store.atOnce(() => forEachReceipt(Entries, (entry) => deleteMessage(queues, queue, entry))),
    ChangeMessageVisibility: (queue, input: VisibilityInput) => changeVisibility(queues, queue, input),
    ChangeMessageVisibilityBatch: (queue, { Entries }: { Entries: Entries<VisibilityInput> }) =>
      queues.store.atOnce(() => forEachReceipt(Entries, (entry) => changeVisibility(queues, queue, entry))),
    GetQueueAttributes: (queue, { AttributeNames = [] }: { AttributeNames?: string[] }) => {
      const wanted = Object.entries(attributesOf(queues, queue)).filter(
        ([name]) => AttributeNames.includes('All') || AttributeNames.includes(name),
      );
      return wanted.length === 0 ? {} : { Attributes: Object.fromEntries(wanted) };
    },
    SetQueueAttributes: (queue, { Attributes }: { Attributes: QueueSettings }) => {
      queues.change(queue, Attributes);
      return {};
    },
    PurgeQueue: (queue) => {
      const now = queues.clock.now();
      if (now - (purges.get(queue.name) ?? Number.NEGATIVE_INFINITY) < PURGE_MS)
        throw new AwsError('PurgeQueueInProgress', `Only one PurgeQueue operation on ${queue.name} is allowed every 60 seconds.`, {
          status: 403,
        });
      purges.set(queue.name, now);
      queues.store.purge(queue);
      return {};
    },
    ListDeadLetterSourceQueues: (queue) => ({ queueUrls: queues.sourcesOf(queue).map(({ url }) => url) }),
  };
}

/** All operations of the service. */
export function sqsOperations(parts: SqsParts): Readonly<Record<string, JsonOperation>> {
  const { queues, arnOf } = parts;
  const byQueue = Object.entries(queueOperations(parts)).map(([name, operation]): [string, JsonOperation] => [
    name,
    (input, request) => {
      const queueName = nameOf(input['QueueUrl']);
      request.authorize(`sqs:${name.replace(/Batch$/, '')}`, arnOf(queueName));
      const queue = queues.find(queueName);
      if (queue === undefined) throw queueDoesNotExist();
      return operation(queue, input as never, request);
    },
  ]);
  return {
    ...Object.fromEntries(byQueue),
    ...moveOperations(parts),
    GetQueueUrl: ({ QueueName }, request) => {
      request.authorize('sqs:GetQueueUrl', arnOf(String(QueueName)));
      const queue = queues.find(String(QueueName));
      if (queue === undefined) throw queueDoesNotExist();
      return { QueueUrl: queue.url };
    },
    ListQueues: ({ QueueNamePrefix = '', MaxResults, NextToken }, request) => {
      request.authorize('sqs:ListQueues', arnOf('*'));
      const urls = queues
        .list()
        .filter(({ name }) => name.startsWith(String(QueueNamePrefix)))
        .map(({ url }) => url);
      const from = Number(NextToken ?? 0);
      const to = from + Number(MaxResults ?? 1_000);
      return { QueueUrls: urls.slice(from, to), ...(MaxResults !== undefined && to < urls.length && { NextToken: String(to) }) };
    },
  };
}

/** Moving reads and deletes in the caller's name. */
function moveOperations({ queues, moves }: SqsParts): Readonly<Record<string, JsonOperation>> {
  const authorize = (request: AwsRequest, action: string, sourceArn: string): void => {
    for (const name of [action, 'ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes']) request.authorize(`sqs:${name}`, sourceArn);
  };
  const source = (arn: unknown): Queue => {
    const queue = queues.list().find((one) => one.arn === arn);
    if (queue !== undefined) return queue;
    const message = "The resource that you specified for the SourceArn parameter doesn't exist.";
    throw new AwsError('ResourceNotFoundException', message, { status: 404 });
  };
  return {
    StartMessageMoveTask: (input, request) => {
      const { SourceArn, DestinationArn } = input;
      authorize(request, 'StartMessageMoveTask', String(SourceArn));
      const queue = source(SourceArn);
      const destinations = DestinationArn === undefined ? queues.sourcesOf(queue).map(({ arn }) => arn) : [String(DestinationArn)];
      for (const arn of destinations) request.authorize('sqs:SendMessage', arn);
      return moves.start(queue, input as StartMoveInput);
    },
    ListMessageMoveTasks: ({ SourceArn, MaxResults }, request) => {
      authorize(request, 'ListMessageMoveTasks', String(SourceArn));
      return moves.list(source(SourceArn), Number(MaxResults ?? 1));
    },
    CancelMessageMoveTask: ({ TaskHandle }, request) => {
      const task = moves.find(String(TaskHandle));
      authorize(request, 'CancelMessageMoveTask', task.source.arn);
      return moves.cancel(task);
    },
  };
}

function attributesOf(queues: Queues, queue: Queue): Record<string, string> {
  const { visible, inFlight, delayed } = queues.store.count(queue, queues.clock.now());
  return {
    ...queue.settings,
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    ...(queue.fifo && { FifoQueue: 'true' }),
  };
}

/** `https://…/<account>/<name>`; a bare name is taken too, as by SQS. */
function nameOf(queueUrl: unknown): string {
  if (typeof queueUrl !== 'string' || queueUrl === '')
    throw new AwsError('MissingParameter', 'The request must contain the parameter QueueUrl.');
  return queueUrl.split('/').at(-1) ?? '';
}
