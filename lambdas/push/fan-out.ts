import { push } from '@compiled/push';
import type { Audience } from '../../contracts/push.ts';
import {
  everyone,
  type MessageItem,
  type QueuedDelivery,
  type QueuedMessage,
  snsTopicArn,
  topicShards,
} from '../../contracts/push-table.ts';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { claimPublish, devicesOfUser, endPublish, listListeners, ownersOfDevices } from './fan-out-store.ts';
import { inParallel } from './in-parallel.ts';
import { tryToBuild } from './payload/build-payloads.ts';
import { publishToTopic } from './publish-client.ts';
import { queueDeliveries, queueMessage } from './queues-client.ts';
import { writeLog } from './write-log.ts';

/** Users that are looked up at a time. */
const parallel = 20;

const devicesOf = async (users: readonly string[]): Promise<QueuedDelivery['devices']> => {
  const found: QueuedDelivery['devices'][] = [];
  await inParallel([...new Set(users)], parallel, async (user) => {
    found.push(await devicesOfUser(user));
  });
  return found.flat();
};

/** Has SNS send to all devices of a topic that it serves, once in each language. */
const publish = async (messageId: string, item: MessageItem, topic: string): Promise<void> => {
  const platforms = push.platforms.filter((platform) => platform !== 'web');
  if (platforms.length === 0) return;
  const prefix = requiredVariable(variables.pushTopics);
  await inParallel(push.locales, parallel, async (language) => {
    const claim = await claimPublish(messageId, language);
    if (claim === 'done') return;
    if (claim === 'busy') throw new Error('another run tells SNS of the message');
    const payloads = tryToBuild({ id: messageId, message: item.message }, language, push);
    if (payloads === undefined) writeLog('ERROR', 'the template of a message is gone: SNS is not told of it', { messageId, language });
    else await publishToTopic(snsTopicArn(prefix, topic, language), platforms, payloads);
    await endPublish(messageId, language);
  });
};

/**
 * Queues the devices of a topic that SNS does not serve, page by page.
 *
 * @returns where to go on when there was no time for all of them
 */
const queueListeners = async (
  messageId: string,
  topic: string,
  from: QueuedMessage['from'],
  hasTime: () => boolean,
): Promise<QueuedMessage['from']> => {
  let after = from?.after;
  for (let shard = from?.shard ?? 0; shard < topicShards; shard += 1) {
    do {
      if (!hasTime()) return { shard, ...(after !== undefined && { after }) };
      const page = await listListeners(topic, shard, after);
      await queueDeliveries({ messageId, devices: page.devices });
      after = page.last;
    } while (after !== undefined);
  }
  return undefined;
};

const topicOf = (to: Exclude<Audience, { users: unknown } | { devices: unknown }>): string => ('topic' in to ? to.topic : everyone);

/**
 * Hands a message to all of its devices: to SNS, and to the deliveries queue. It may be done again at any point.
 *
 * @returns whether nothing is left to do; else the rest is on the messages queue
 */
export const fanOut = async ({ messageId, from }: QueuedMessage, item: MessageItem, hasTime: () => boolean): Promise<boolean> => {
  const { to } = item.message;
  if ('users' in to || 'devices' in to) {
    const devices = 'users' in to ? await devicesOf(to.users) : await ownersOfDevices(to.devices);
    await queueDeliveries({ messageId, devices });
    return true;
  }
  const topic = topicOf(to);
  if (from === undefined) await publish(messageId, item, topic);
  const rest = await queueListeners(messageId, topic, from, hasTime);
  if (rest === undefined) return true;
  await queueMessage(requiredVariable(variables.pushMessagesQueue), { messageId, from: rest });
  return false;
};
