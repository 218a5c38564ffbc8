import { randomUUID } from 'node:crypto';
import { push } from '@compiled/push';
import { ApiError } from '../../contracts/errors.ts';
import { endpointData, pushKeys } from '../../contracts/push-table.ts';
import { variables } from '../../contracts/variables.ts';
import type { UserAction } from '../runtime/request.ts';
import { carryOut } from './carry-out.ts';
import { deviceView } from './device-view.ts';
import { deleteEndpoint, ensureEndpoint } from './endpoints-store.ts';
import { cutOff, forgetDevice, shardsOf, touchUser } from './forget-device.ts';
import { deviceIdOf, type GivenDevice, identifyDevice } from './identify-device.ts';
import { chooseLocale } from './payload/choose-locale.ts';
import { planFields, planTopics, shardWrites, type TopicPlan } from './plan-topics.ts';
import { commit, type OwnDevice, type Refused, readItem, readUser, type UserState, type Write } from './push-store.ts';
import { readBody } from './read-body.ts';
import { assertKnown, topicSettings, untilDone } from './settle.ts';

const applications = JSON.parse(process.env[variables.pushApplications] ?? '{}') as Readonly<Record<string, string>>;

/** What a request asks for. */
interface Registration {
  readonly owner: string;
  readonly given: GivenDevice;
  readonly locale: string | undefined;
  /** An earlier id of the device. */
  readonly replaces: string | undefined;
}

/** A device as it is to be stored, with what it takes. */
interface Draft {
  readonly device: OwnDevice;
  readonly plan: TopicPlan;
  readonly change: string;
}

const tooMany = (): ApiError =>
  new ApiError(
    'too_many_devices',
    `The user has ${push.maxDevicesPerUser} devices, and no more are allowed. Remove one of GET /push/devices first, or name the one that this replaces.`,
    { retryAfterSeconds: 60 },
  );

const endpointOf = async ({ owner, given }: Registration, known: OwnDevice | undefined): Promise<string | undefined> => {
  if (given.platform === 'web') return undefined;
  const application = applications[given.platform];
  if (application === undefined) throw new Error(`there is no platform application of ${given.platform}`);
  return ensureEndpoint({ application, token: given.token, data: endpointData(owner, given.id) }, known?.endpoint);
};

/** Subscriptions of an endpoint that is no more reach nobody; they are ended, and made anew. */
const withEndpoint = (known: OwnDevice | undefined, endpoint: string | undefined): Pick<OwnDevice, 'subscriptions' | 'leaving'> => {
  const { subscriptions = {}, leaving = [], endpoint: before } = known ?? {};
  if (before === endpoint) return { subscriptions, leaving };
  return { subscriptions: {}, leaving: [...leaving, ...Object.values(subscriptions)].filter((place) => place.startsWith('arn:')) };
};

const draftOf = (registration: Registration, { preferences }: UserState, known: OwnDevice | undefined, endpoint?: string): Draft => {
  const { given, locale } = registration;
  const now = new Date().toISOString();
  const wanted = locale ?? known?.locale;
  const device: OwnDevice = {
    id: given.id,
    platform: given.platform,
    ...(wanted !== undefined && { locale: wanted }),
    language: chooseLocale(wanted, push.locales),
    enabled: true,
    createdAt: known?.createdAt ?? now,
    updatedAt: now,
    ...(endpoint !== undefined && { endpoint }),
    ...(given.platform === 'web' && { subscription: given.subscription }),
    ...withEndpoint(known, endpoint),
  };
  return { device, plan: planTopics(device, preferences, topicSettings), change: randomUUID() };
};

const fieldsOf = ({ device, plan, change }: Draft): object => {
  const { id: _, subscriptions: __, leaving: ___, ...fields } = device;
  return { ...fields, ...(plan.isDue && planFields(plan, change)) };
};

/** One request: the device's own item, and the preferences only where topics hang on them. */
const refresh = (owner: string, { preferences }: UserState, draft: Draft): Promise<Refused | undefined> => {
  const { device, plan } = draft;
  const update: Write = { kind: 'update', key: pushKeys.device(owner, device.id), set: fieldsOf(draft), when: { exists: true } };
  if (!plan.isDue) return commit([update]);
  const when = { equals: { version: preferences.version } };
  return commit([update, { kind: 'check', key: pushKeys.user(owner), when }, ...shardWrites(owner, device.id, plan)]);
};

/** The writes that make a device the caller's. The one on whose device it is comes first. */
const claimWrites = (owner: string, { preferences }: UserState, draft: Draft, previous: string | undefined): readonly Write[] => {
  const { device, plan } = draft;
  const { version } = preferences;
  const key = pushKeys.deviceOwner(device.id);
  const when = previous === undefined ? { exists: false } : { equals: { owner: previous } };
  return [
    { kind: 'put', key, item: { owner }, when },
    { kind: 'update', key: pushKeys.user(owner), set: { version: (version ?? 0) + 1 }, when: { equals: { version } } },
    { kind: 'put', key: pushKeys.device(owner, device.id), item: { subscriptions: {}, ...fieldsOf(draft) } },
    ...shardWrites(owner, device.id, plan),
  ];
};

/** Takes a device from the user who had it, in one transaction; before, it is cut off from all that the user hears. */
const takeOver = async (owner: string, state: UserState, draft: Draft, previous: string): Promise<Refused | undefined> => {
  const { id, endpoint } = draft.device;
  const old = await readItem<OwnDevice>(pushKeys.device(previous, id));
  if (old !== undefined) await cutOff(old, endpoint);
  const left = old === undefined ? [] : shardsOf(old).filter((topic) => !draft.plan.enters.includes(topic));
  return commit([
    ...claimWrites(owner, state, draft, previous),
    { kind: 'delete', key: pushKeys.device(previous, id) },
    touchUser(previous),
    ...shardWrites(previous, id, { enters: [], leaves: left }),
  ]);
};

const claim = async (owner: string, state: UserState, draft: Draft): Promise<Refused | undefined> => {
  const refused = await commit(claimWrites(owner, state, draft, undefined));
  const previous = refused?.get(0)?.['owner'];
  return typeof previous === 'string' && previous !== owner ? takeOver(owner, state, draft, previous) : refused;
};

const forgetReplaced = async ({ owner, given, replaces }: Registration, state: UserState): Promise<UserState> => {
  const old = replaces === given.id ? undefined : state.devices.find(({ id }) => id === replaces);
  if (old === undefined) return state;
  await forgetDevice(owner, old);
  return readUser(owner);
};

const attempt = async (registration: Registration): Promise<OwnDevice | undefined> => {
  const { owner, given } = registration;
  const state = await forgetReplaced(registration, await readUser(owner));
  assertKnown(state);
  const known = state.devices.find(({ id }) => id === given.id);
  if (known === undefined && state.devices.length >= push.maxDevicesPerUser) throw tooMany();
  const draft = draftOf(registration, state, known, await endpointOf(registration, known));
  const refused = await (known === undefined ? claim(owner, state, draft) : refresh(owner, state, draft));
  if (refused !== undefined) {
    // Those who forget a deleted user know the endpoints of stored devices only.
    const { endpoint } = draft.device;
    if (endpoint !== undefined && refused.get(1)?.['forgotten'] === true) await deleteEndpoint(endpoint);
    return undefined;
  }
  if (draft.plan.isDue) await carryOut({ owner, ...draft });
  return draft.device;
};

/**
 * POST: registers a device, or refreshes it. Its owner is written before anything is subscribed, so that a function that is stopped
 * in between leaves nothing that reaches a user who should not get it; the next registration finishes what is missing.
 */
export const registerDevice: UserAction = async (request) => {
  const input = readBody('registerDevice', request);
  const replaces = input.replaces === undefined ? undefined : deviceIdOf(input.replaces);
  const registration = { owner: request.caller.id, given: identifyDevice(input), locale: input.locale, replaces };
  const device = await untilDone(() => attempt(registration));
  return { body: deviceView(device) };
};
