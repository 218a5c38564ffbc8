import { randomUUID } from 'node:crypto';
import { AwsError, type AwsRequest } from '../service.ts';
import { MAX_MESSAGE_BYTES, type Message, messageBytes, readMessage, textFor, textsOf } from './message.ts';
import { checkPushAttributes, pushRequest } from './push-payload.ts';
import type { QueryInput } from './query-request.ts';
import type { Members } from './sns-answer.ts';
import { isEndpointArn, platformOf } from './sns-names.ts';
import type { SnsOperation, SnsParts } from './sns-parts.ts';

export function publishOperations(parts: SnsParts): Readonly<Record<string, SnsOperation>> {
  return {
    Publish: (input, request) => publish(parts, input, request),
    PublishBatch: (input, request) => publishBatch(parts, input, request),
  };
}

function publish(parts: SnsParts, input: QueryInput, request: AwsRequest): Members {
  const { context, deliveries } = parts;
  const phone = input.given('PhoneNumber');
  const target = input.given('TopicArn') ?? input.given('TargetArn') ?? phone;
  if (target === undefined) throw invalid('TopicArn or TargetArn Reason: no value for required parameter');
  request.authorize('sns:Publish', target);
  const message = readMessage(input, '', { id: randomUUID(), publishedAt: context.clock.now() });
  checkPushAttributes(message);
  if (phone !== undefined && target === phone) {
    const at = new Date(message.publishedAt).toISOString();
    context.inbox.deliver({ at, channel: 'sms', to: phone, body: textFor(message, 'sms') });
  } else if (isEndpointArn(target)) {
    checkEndpoint(parts, target, message);
    deliveries.push(target, message);
  } else {
    checkTopicMessage(parts, target, message);
    deliveries.publish(target, [message]);
  }
  return [['MessageId', message.id]];
}

function publishBatch(parts: SnsParts, input: QueryInput, request: AwsRequest): Members {
  const topicArn = input.text('TopicArn') ?? '';
  request.authorize('sns:Publish', topicArn);
  const places = input.places('PublishBatchRequestEntries.member');
  const ids = places.map((place) => input.text(`${place}.Id`) ?? '');
  checkBatch(ids);
  const good: { id: string; message: Message }[] = [];
  const failed: Members[number][] = [];
  places.forEach((place, index) => {
    const id = ids[index] ?? '';
    try {
      const message = readMessage(input, `${place}.`, { id: randomUUID(), publishedAt: parts.context.clock.now() });
      checkPushAttributes(message);
      checkTopicMessage(parts, topicArn, message);
      good.push({ id, message });
    } catch (error) {
      if (!(error instanceof AwsError) || error.code === 'NotFound') throw error;
      failed.push([
        'member',
        [
          ['Id', id],
          ['Code', error.code],
          ['Message', error.message],
          ['SenderFault', 'true'],
        ],
      ]);
    }
  });
  const total = good.reduce((sum, { message }) => sum + messageBytes(message), 0);
  if (total > MAX_MESSAGE_BYTES)
    throw new AwsError('BatchRequestTooLong', 'The length of all the messages put together is more than the limit.');
  parts.deliveries.publish(
    topicArn,
    good.map(({ message }) => message),
  );
  const successful = good.map(({ id, message }): Members[number] => [
    'member',
    [
      ['Id', id],
      ['MessageId', message.id],
    ],
  ]);
  return [
    ['Successful', successful],
    ['Failed', failed],
  ];
}

function checkBatch(ids: readonly string[]): void {
  if (ids.length === 0) throw new AwsError('EmptyBatchRequest', "The batch request doesn't contain any entries.");
  if (ids.length > 10)
    throw new AwsError('TooManyEntriesInBatchRequest', 'The batch request contains more entries than permissible (more than 10).');
  if (ids.some((id) => !/^[\w-]{1,80}$/.test(id)))
    throw new AwsError('InvalidBatchEntryId', "The Id of a batch entry in a batch request doesn't abide by the specification.");
  if (new Set(ids).size < ids.length)
    throw new AwsError('BatchEntryIdsNotDistinct', 'Two or more batch entries in the request have the same Id.');
}

/** @throws AwsError `NotFound`, `InvalidParameter` */
export function checkTopicMessage({ store }: SnsParts, topicArn: string, message: Message): void {
  if (store.topic(topicArn) === undefined) throw new AwsError('NotFound', 'Topic does not exist', { status: 404 });
  if (message.structured && textsOf(message)['default'] === undefined)
    throw invalid('Message Structure - No default entry in JSON message body');
}

/** What SNS tells at once of a push to one device. @throws AwsError `InvalidParameter`, `EndpointDisabled` */
function checkEndpoint({ store, context }: SnsParts, arn: string, message: Message): void {
  const endpoint = store.endpoint(arn);
  if (endpoint === undefined) throw invalid('TargetArn Reason: No endpoint found for the target arn specified');
  if (!endpoint.enabled) throw new AwsError('EndpointDisabled', 'Endpoint is disabled');
  pushRequest(message, { endpoint, platform: platformOf(arn), bundleId: undefined, now: context.clock.now() });
}

const invalid = (what: string): AwsError => new AwsError('InvalidParameter', `Invalid parameter: ${what}`);
