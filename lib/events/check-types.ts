import { fileEvents, type OwnEvents, recordEvents } from '../../contracts/events.ts';

/** `<noun>.<past participle>` */
const typePattern = /^[a-z][A-Za-z0-9-]{0,39}\.[a-z][A-Za-z0-9-]{0,39}$/;
/** What the features tell of. */
const featureNouns: ReadonlySet<string> = new Set(['user', 'file', 'push', 'payment', 'subscription', 'email', 'webhook', 'inbound']);

/**
 * Refuses types of the definition's own that look like those of models and features.
 *
 * @throws Error that names the type
 */
export const checkOwnTypes = (types: OwnEvents): void => {
  for (const type of Object.keys(types)) {
    if (!typePattern.test(type)) {
      throw new Error(
        `events.types has ${JSON.stringify(type)}: use "<noun>.<past participle>" with a small noun, for example "order.shipped"`,
      );
    }
    const noun = type.split('.')[0] ?? '';
    if (featureNouns.has(noun))
      throw new Error(`events.types has ${JSON.stringify(type)}, but "${noun}" events are told by Plinth: use another noun`);
  }
};

/** What happens in a backend. */
export interface KnownTypes {
  readonly models: readonly string[];
  readonly own: readonly string[];
  /** Of the features that store events themselves. */
  readonly outboxes: readonly string[];
  /** Of accounts. */
  readonly users: readonly string[];
  readonly files: boolean;
}

/** All event types that there are. */
export const allTypes = ({ models, own, outboxes, users, files }: KnownTypes): readonly string[] => [
  ...models.flatMap((model) => recordEvents.map((word) => `${model}.${word}`)),
  ...users,
  ...(files ? fileEvents : []),
  ...outboxes,
  ...own,
];

/** Of the types that somebody listens to, those that never happen. */
export const unknownTypes = (types: readonly string[], known: KnownTypes): readonly string[] => {
  const all = allTypes(known);
  return types.filter((type) => {
    if (type === '*') return false;
    return type.endsWith('.*') ? !all.some((one) => one.startsWith(type.slice(0, -1))) : !all.includes(type);
  });
};
