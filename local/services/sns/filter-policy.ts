import { matchesPattern } from '../lambda/event-pattern.ts';
import { AwsError } from '../service.ts';
import type { MessageAttributes } from '../sqs/message-attributes.ts';
import type { Message } from './message.ts';
import type { Subscription } from './sns-store.ts';

/** Whether a subscription wants a message, by its filter policy. */
export function wantsMessage({ attributes }: Subscription, message: Message): boolean {
  const policy = attributes['FilterPolicy'];
  if (policy === undefined || policy === '' || policy === '{}') return true;
  const subject = attributes['FilterPolicyScope'] === 'MessageBody' ? bodyOf(message) : attributeValues(message.attributes);
  return subject !== undefined && matchesPattern(JSON.parse(policy), subject);
}

/** @throws AwsError `InvalidParameter` */
export function checkFilterPolicy(text: string): void {
  if (text === '') return;
  try {
    matchesPattern(JSON.parse(text), {});
  } catch (cause) {
    throw new AwsError('InvalidParameter', `Invalid parameter: FilterPolicy: ${(cause as Error).message}`, { cause });
  }
}

function bodyOf({ text }: Message): unknown {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? body : undefined;
  } catch {
    return undefined;
  }
}

function attributeValues(attributes: MessageAttributes): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, { DataType, StringValue }]) => {
      if (StringValue === undefined) return [];
      if (DataType === 'String.Array') return [[name, JSON.parse(StringValue)]];
      return [[name, DataType.startsWith('Number') ? Number(StringValue) : StringValue]];
    }),
  );
}
