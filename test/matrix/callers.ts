/** Who calls. */
export const callers = {
  guest: {},
  /** Owns most records. */
  owner: { signedIn: true },
  other: { signedIn: true },
  /** In the group `editors`, and owns a record of each model. */
  member: { signedIn: true, groups: ['editors'] },
  /** Was in `editors` when the token was made: the token says so until it expires. */
  formerMember: { signedIn: true, groups: ['editors'] },
  /** The same person with a token from after. */
  formerMemberAnew: { signedIn: true },
  admin: { signedIn: true, groups: ['admins'] },
  /** Owns a record of each model. The account is disabled; the token lasts until it expires. */
  disabled: { signedIn: true },
  /** Has a good token of another user pool. */
  stranger: { foreign: true },
} as const satisfies Readonly<Record<string, CallerTraits>>;

/** What decides for a caller. */
export interface CallerTraits {
  readonly signedIn?: boolean;
  readonly groups?: readonly ('editors' | 'admins')[];
  /** The token is of no use here, so that every request with it is refused. */
  readonly foreign?: boolean;
}

export type Caller = keyof typeof callers;
export const traitsOf = (caller: Caller): CallerTraits => callers[caller];
export const callerNames = Object.keys(callers) as readonly Caller[];

/** Who owns standing records. */
export const owners = ['owner', 'member', 'disabled'] as const satisfies readonly Caller[];
