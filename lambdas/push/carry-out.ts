import { pushKeys } from '../../contracts/push-table.ts';
import { subscribe, unsubscribe } from './endpoints-store.ts';
import { isMade, type TopicPlan } from './plan-topics.ts';
import { commit, type OwnDevice, readItem } from './push-store.ts';

/** A plan that is stored, and waits for SNS. */
export interface StoredPlan {
  readonly owner: string;
  readonly device: OwnDevice;
  readonly plan: TopicPlan;
  /** Names the request that stored it. */
  readonly change: string;
}

/** A subscription whose making was interrupted has an id that only SNS knows; to subscribe again gives it. */
const leave = async (arn: string, endpoint: string): Promise<void> => {
  const made = isMade(arn) ? arn : await subscribe(arn, endpoint);
  if (made !== undefined) await unsubscribe(made);
};

/** Another request has changed the device meanwhile, and did not know of these subscriptions. */
const undo = async ({ owner, device }: StoredPlan, made: ReadonlyMap<string, string>): Promise<void> => {
  const now = await readItem<OwnDevice>(pushKeys.device(owner, device.id));
  const isWanted = (topic: string, arn: string): boolean => {
    const place = now?.subscriptions[topic];
    return place !== undefined && arn.startsWith(place);
  };
  for (const [topic, arn] of made) if (!isWanted(topic, arn)) await unsubscribe(arn);
};

/**
 * Ends and makes the SNS subscriptions of a stored plan, and stores which there are. What is not finished, since the function was
 * stopped, the user's next request finishes: the device's item says what is missing.
 */
export const carryOut = async (stored: StoredPlan): Promise<void> => {
  const { owner, device, plan, change } = stored;
  const { endpoint } = device;
  if (endpoint === undefined || (plan.leaving.length === 0 && plan.joining.length === 0)) return;
  // First what ends: SNS has one subscription of an endpoint to a topic, so that a new one could be an old one.
  await Promise.all(plan.leaving.map((arn) => leave(arn, endpoint)));
  const made = new Map<string, string>();
  await Promise.all(
    plan.joining.map(async ({ topic, topicArn }) => {
      const arn = await subscribe(topicArn, endpoint);
      if (arn !== undefined) made.set(topic, arn);
    }),
  );
  const refused = await commit([
    {
      kind: 'update',
      key: pushKeys.device(owner, device.id),
      set: { subscriptions: { ...plan.subscriptions, ...Object.fromEntries(made) } },
      remove: ['leaving'],
      when: { equals: { change } },
    },
  ]);
  if (refused !== undefined) await undo(stored, made);
};
