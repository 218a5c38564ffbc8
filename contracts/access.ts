import type { Filter } from './filter.ts';

/** What a rule can allow on a record. */
export const operations = ['create', 'get', 'list', 'update', 'delete'] as const;
export type Operation = (typeof operations)[number];
/** `read` is short for `get` and `list`. */
export type OperationWord = Operation | 'read';

/** Whom a rule speaks of. */
export type Who =
  | { readonly kind: 'owner' }
  | { readonly kind: 'group'; readonly group: string }
  | { readonly kind: 'signedIn' }
  | { readonly kind: 'anyone' };

/** One line of a rule table. A request is allowed when any line allows it; nothing else allows anything. */
export interface Rule<O extends string = Operation> {
  readonly who: Who;
  readonly operations: readonly O[];
  /** Must hold on the stored record (on the new record for `create`). */
  readonly when?: Filter;
}

/** Whom a field is open to. A field without rules is open to whoever may touch the record. */
export interface FieldRule {
  readonly who: Who;
  readonly operations: readonly ('read' | 'write')[];
}

/** Words a rule on records: `allow.owner().to('read').when({ archived: false })`. Immutable: each call gives a new one. */
export class AccessRule<R = Record<string, unknown>> {
  readonly rule: Rule;

  constructor(rule: Rule) {
    this.rule = rule;
  }

  /** Narrows the rule to these operations. @default all of them */
  to(...words: readonly OperationWord[]): AccessRule<R> {
    const allowed = words.flatMap((word): readonly Operation[] => (word === 'read' ? ['get', 'list'] : [word]));
    return new AccessRule<R>({ ...this.rule, operations: [...new Set(allowed)] });
  }

  /** Narrows the rule to records on which this holds. @default every record */
  when(condition: Filter<R>): AccessRule<R> {
    return new AccessRule<R>({ ...this.rule, when: condition as Filter });
  }
}

/** Words a rule on one field: `allow.group('admins').to('read')`. */
export class FieldAccessRule {
  readonly rule: FieldRule;

  constructor(rule: FieldRule) {
    this.rule = rule;
  }

  /** Narrows the rule to reading or writing the field. @default both */
  to(...allowed: readonly ('read' | 'write')[]): FieldAccessRule {
    return new FieldAccessRule({ ...this.rule, operations: allowed });
  }
}

/** The vocabulary of rules. */
export interface Allow<A> {
  /** The user who created the record. With `create`: any signed-in user, who becomes the owner. */
  owner(): A;
  /** Members of a Cognito group, by its exact name. */
  group(name: string): A;
  /** Whoever has a valid access token. */
  signedIn(): A;
  /** Guests too. */
  anyone(): A;
}

const vocabulary = <A>(make: (who: Who) => A): Allow<A> => ({
  owner: () => make({ kind: 'owner' }),
  group: (group) => make({ kind: 'group', group }),
  signedIn: () => make({ kind: 'signedIn' }),
  anyone: () => make({ kind: 'anyone' }),
});

/** What `access: (allow) => [...]` is called with. */
export const allowRecord = <R>(): Allow<AccessRule<R>> => vocabulary((who) => new AccessRule<R>({ who, operations }));
/** What `fieldAccess: { secret: (allow) => [...] }` is called with. */
export const allowField: Allow<FieldAccessRule> = vocabulary((who) => new FieldAccessRule({ who, operations: ['read', 'write'] }));
