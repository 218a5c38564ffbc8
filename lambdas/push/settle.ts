import { randomUUID } from 'node:crypto';
import { push } from '@compiled/push';
import { ApiError } from '../../contracts/errors.ts';
import { pushKeys, type UserItem } from '../../contracts/push-table.ts';
import { variables } from '../../contracts/variables.ts';
import { carryOut, type StoredPlan } from './carry-out.ts';
import { planFields, planTopics, shardWrites, type TopicSettings } from './plan-topics.ts';
import { commit, readUser, type UserState, type Write, writesPerTransaction } from './push-store.ts';

export const topicSettings: TopicSettings = {
  topics: Object.keys(push.topics),
  arnPrefix: process.env[variables.pushTopics] ?? '',
};

/** How often a request that met others of the same user is tried again. */
const maxAttempts = 7;

/** The refusal of a request that always met others. */
export const metOthers = (): ApiError =>
  new ApiError('write_conflict', 'Other requests of this user came in between. Try again in a moment.', { retryAfterSeconds: 1 });

/**
 * Does something that other requests may get in the way of, again and again.
 *
 * @param attempt gives undefined when others were faster
 * @throws ApiError `write_conflict`
 */
export const untilDone = async <T>(attempt: () => Promise<T | undefined>): Promise<T> => {
  for (let count = 1; count <= maxAttempts; count += 1) {
    const result = await attempt();
    if (result !== undefined) return result;
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * 2 ** count));
  }
  throw metOthers();
};

/**
 * Refuses users whose accounts are deleted, and whose tokens are not over yet.
 *
 * @throws ApiError `unauthenticated`
 */
export const assertKnown = ({ preferences }: UserState): void => {
  if (preferences.forgotten === true) throw new ApiError('unauthenticated', 'The account of this access token is deleted.');
};

/** The writes that bring one device to what it should hear. They belong into one transaction. */
const deviceWrites = ({ owner, device, plan, change }: StoredPlan): readonly Write[] => [
  {
    kind: 'update',
    key: pushKeys.device(owner, device.id),
    set: planFields(plan, change),
    when: { exists: true },
  },
  ...shardWrites(owner, device.id, plan),
];

/** Puts the writes of whole devices together, as many as a transaction takes beside the one on the preferences. */
export const inBatches = (devices: readonly (readonly Write[])[]): readonly (readonly Write[])[] => {
  const batches: Write[][] = [[]];
  for (const writes of devices) {
    const last = batches.at(-1) ?? [];
    if (last.length + writes.length < writesPerTransaction) last.push(...writes);
    else batches.push([...writes]);
  }
  return batches;
};

const preferencesWrite = (owner: string, version: number | undefined, next: UserItem | undefined): Write => {
  const key = pushKeys.user(owner);
  const when = { equals: { version } };
  if (next === undefined) return { kind: 'check', key, when };
  const { quietHours, muted, topics } = next;
  const remove = quietHours === undefined ? ['quietHours'] : [];
  return { kind: 'update', key, set: { quietHours, muted, topics, version: (version ?? 0) + 1 }, remove, when };
};

/**
 * Stores what a user wants, and brings all devices to it. Whatever an earlier request has left unfinished is finished.
 *
 * @param next undefined: the preferences stay as they are
 * @returns false when another request came in between: nothing is lost, read the user again
 */
const settleUser = async ({ owner, preferences, devices }: UserState, next: UserItem | undefined): Promise<boolean> => {
  const change = randomUUID();
  const plans = devices
    .map((device): StoredPlan => ({ owner, device, change, plan: planTopics(device, next ?? preferences, topicSettings) }))
    .filter(({ plan }) => plan.isDue);
  if (next === undefined && plans.length === 0) return true;
  const { version } = preferences;
  for (const [index, writes] of inBatches(plans.map(deviceWrites)).entries()) {
    const stored = next === undefined || index === 0 ? version : (version ?? 0) + 1;
    const guard = preferencesWrite(owner, stored, index === 0 ? next : undefined);
    if ((await commit([guard, ...writes])) !== undefined) return false;
  }
  await Promise.all(plans.map(carryOut));
  return true;
};

/**
 * Changes what a user wants.
 *
 * @param change gives the preferences that are to be; the same ones if nothing changes
 * @throws ApiError `write_conflict`, `unauthenticated`
 */
export const changePreferences = (owner: string, change: (now: UserItem) => UserItem): Promise<UserItem> =>
  untilDone(async () => {
    const state = await readUser(owner);
    assertKnown(state);
    const next = change(state.preferences);
    const isSettled = await settleUser(state, next === state.preferences ? undefined : next);
    return isSettled ? next : undefined;
  });
