import { StartError } from '../../start-error.ts';
import { AwsError, type ResolvedResource } from '../service.ts';

/** The settings of a queue, by the names and in the texts of `GetQueueAttributes`. */
export type QueueSettings = Readonly<Record<string, string>>;

export interface RedrivePolicy {
  readonly deadLetterTargetArn: string;
  readonly maxReceiveCount: number;
}

/** A queue of the run. */
export interface Queue {
  readonly name: string;
  readonly arn: string;
  readonly url: string;
  readonly fifo: boolean;
  settings: QueueSettings;
}

/** AWS: 1 MiB, also for all messages of a batch together. */
export const MAX_MESSAGE_BYTES = 1_048_576;
export const FIFO_SUFFIX = '.fifo';

interface Range {
  readonly min: number;
  readonly max: number;
  readonly initial: number;
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
const ranges: Readonly<Record<string, Range>> = {
  DelaySeconds: { min: 0, max: 900, initial: 0 },
  MaximumMessageSize: { min: 1_024, max: MAX_MESSAGE_BYTES, initial: MAX_MESSAGE_BYTES },
  MessageRetentionPeriod: { min: 60, max: 1_209_600, initial: 345_600 },
  ReceiveMessageWaitTimeSeconds: { min: 0, max: 20, initial: 0 },
  VisibilityTimeout: { min: 0, max: 43_200, initial: 30 },
};
const otherSettings = [
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'FifoThroughputLimit',
  'KmsDataKeyReusePeriodSeconds',
  'KmsMasterKeyId',
  'RedriveAllowPolicy',
  'RedrivePolicy',
  'SqsManagedSseEnabled',
];

/** A queue as the template declares it. */
export function readQueue({ properties, ref, attributes, logicalId }: ResolvedResource): Queue {
  const { Arn: arn = '', QueueName: name = '' } = attributes;
  const fifo = isTrue(properties['FifoQueue']);
  try {
    if (fifo !== name.endsWith(FIFO_SUFFIX)) throw invalid('QueueName', name, 'The name of a FIFO queue, and no other, ends with .fifo.');
    const given = Object.entries(properties).filter(([setting]) => setting in ranges || otherSettings.includes(setting));
    const texts = Object.fromEntries(given.map(([setting, value]) => [setting, asText(value)]));
    return { name, arn, url: ref, fifo, settings: { ...defaults(fifo), ...checkSettings(texts, fifo) } };
  } catch (cause) {
    if (!(cause instanceof AwsError)) throw cause;
    throw new StartError(
      `The queue ${logicalId} is not valid: ${cause.message}`,
      'Mend it where it is defined: a deployment would fail too.',
      {
        cause,
      },
    );
  }
}

/**
 * @returns the settings as they are kept
 * @throws AwsError `InvalidAttributeName`, `InvalidAttributeValue`
 */
export function checkSettings(settings: QueueSettings, fifo: boolean): QueueSettings {
  for (const [name, value] of Object.entries(settings)) {
    const range = ranges[name];
    if (range !== undefined) checkRange(name, value, range);
    else if (!otherSettings.includes(name)) throw new AwsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
    else if (name === 'RedrivePolicy') checkRedrivePolicy(value, fifo);
    else if (name === 'RedriveAllowPolicy') parseJson(name, value);
    else if (!fifo && ['ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit'].includes(name))
      throw new AwsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
  }
  return settings;
}

export const settingOf = (queue: Queue, name: keyof typeof ranges & string): number => Number(queue.settings[name]);

export function redrivePolicyOf({ settings }: Queue): RedrivePolicy | undefined {
  const text = settings['RedrivePolicy'];
  if (text === undefined || text === '') return undefined;
  const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(text) as Record<string, unknown>;
  return { deadLetterTargetArn: String(deadLetterTargetArn), maxReceiveCount: Number(maxReceiveCount) };
}

/**
 * Whether a queue lets another one use it for dead letters.
 *
 * @throws AwsError `InvalidParameterValue`
 */
export function assertTakesDeadLettersOf(deadLetter: Queue, source: Queue): void {
  const text = deadLetter.settings['RedriveAllowPolicy'];
  const policy = (text === undefined || text === '' ? {} : JSON.parse(text)) as { redrivePermission?: string; sourceQueueArns?: string[] };
  const allowed =
    policy.redrivePermission === 'byQueue' ? policy.sourceQueueArns?.includes(source.arn) === true : policy.redrivePermission !== 'denyAll';
  if (deadLetter.fifo !== source.fifo || !allowed) {
    const reason = allowed
      ? 'Dead letter queue must be of same type as the source.'
      : `The queue ${deadLetter.name} does not allow ${source.name} to use it as its dead-letter queue.`;
    throw invalid('RedrivePolicy', source.settings['RedrivePolicy'] ?? '', reason);
  }
}

const isTrue = (value: unknown): boolean => value === true || value === 'true';

const asText = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));

function defaults(fifo: boolean): QueueSettings {
  const numbers = Object.entries(ranges).map(([name, { initial }]) => [name, String(initial)]);
  return {
    ...Object.fromEntries(numbers),
    SqsManagedSseEnabled: 'true',
    ...(fifo && { ContentBasedDeduplication: 'false', DeduplicationScope: 'queue', FifoThroughputLimit: 'perQueue' }),
  };
}

function checkRange(name: string, value: string, { min, max }: Range): void {
  const number = Number(value);
  if (value.trim() === '' || !Number.isInteger(number) || number < min || number > max)
    throw invalid(name, value, `Must be an integer from ${min} to ${max}.`);
}

function checkRedrivePolicy(value: string, fifo: boolean): void {
  // An empty text takes the policy away.
  if (value === '') return;
  const { deadLetterTargetArn, maxReceiveCount } = parseJson('RedrivePolicy', value);
  const count = Number(maxReceiveCount);
  if (typeof deadLetterTargetArn !== 'string' || !Number.isInteger(count) || count < 1 || count > 1_000)
    throw invalid('RedrivePolicy', value, 'It needs a deadLetterTargetArn and a maxReceiveCount from 1 to 1000.');
  if (deadLetterTargetArn.endsWith(FIFO_SUFFIX) !== fifo)
    throw invalid('RedrivePolicy', value, 'Dead letter queue must be of same type as the source.');
}

function parseJson(name: string, value: string): Readonly<Record<string, unknown>> {
  if (value === '') return {};
  try {
    return Object(JSON.parse(value));
  } catch {
    throw invalid(name, value, 'It is not valid JSON.');
  }
}

const invalid = (name: string, value: string, reason: string): AwsError =>
  new AwsError('InvalidParameterValue', `Value ${value} for parameter ${name} is invalid. Reason: ${reason}`);
