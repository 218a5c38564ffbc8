// The rules of the matrix as a plain table. The definition is made from it, and the oracle reads it.

export type Operation = 'create' | 'get' | 'list' | 'update' | 'delete';
export type Group = 'editors' | 'admins';
/** Whom a line speaks of. */
export type Who = 'owner' | 'signedIn' | 'anyone' | Group;
export type State = 'draft' | 'submitted' | 'published';

/** What conditions and field rules look at. */
export interface Content {
  readonly title: string;
  readonly state: State;
  readonly size: number;
  readonly tags: readonly string[];
  readonly note?: string;
}

/** A condition as the definition words it, and as a person reads it. */
interface Condition {
  readonly when: object;
  readonly holds: (content: Content) => boolean;
}

export const conditions = {
  isDraft: { when: { state: 'draft' }, holds: ({ state }) => state === 'draft' },
  isPublished: { when: { state: { eq: 'published' } }, holds: ({ state }) => state === 'published' },
  notDraft: { when: { state: { ne: 'draft' } }, holds: ({ state }) => state !== 'draft' },
  notPublished: { when: { not: { state: 'published' } }, holds: ({ state }) => state !== 'published' },
  inReview: { when: { state: { in: ['submitted', 'published'] } }, holds: ({ state }) => state === 'submitted' || state === 'published' },
  isSmall: { when: { size: { lt: 5 } }, holds: ({ size }) => size < 5 },
  isMedium: { when: { size: { between: [4, 8] } }, holds: ({ size }) => size >= 4 && size <= 8 },
  publishedAndSmall: {
    when: { state: 'published', size: { lte: 5 } },
    holds: ({ state, size }) => state === 'published' && size <= 5,
  },
  draftOrLarge: {
    when: { or: [{ state: 'draft' }, { size: { gt: 5 } }] },
    holds: ({ state, size }) => state === 'draft' || size > 5,
  },
  hasNote: { when: { note: { exists: true } }, holds: ({ note }) => note !== undefined },
  isShared: { when: { tags: { contains: 'shared' } }, holds: ({ tags }) => tags.includes('shared') },
  beginsWithPub: { when: { title: { beginsWith: 'Pub' } }, holds: ({ title }) => /^Pub/.test(title) },
} satisfies Readonly<Record<string, Condition>>;

/** One rule on records. */
export interface Line {
  readonly who: Who;
  /** @default all */
  readonly may?: readonly Operation[];
  readonly when?: keyof typeof conditions;
}

const read = ['get', 'list'] as const;

/** Rules on records, by model. */
export const ruleModels = {
  Owned: [{ who: 'owner' }],
  OwnerReads: [{ who: 'owner', may: ['create', ...read] }],
  Team: [{ who: 'editors' }],
  TeamReads: [{ who: 'owner' }, { who: 'editors', may: read }],
  Members: [{ who: 'signedIn' }],
  MembersRead: [{ who: 'owner' }, { who: 'signedIn', may: read }],
  Public: [{ who: 'owner' }, { who: 'anyone', may: read }],
  Open: [{ who: 'anyone' }],
  DropBox: [
    { who: 'anyone', may: ['create'] },
    { who: 'admins', may: [...read, 'delete'] },
  ],
  Published: [{ who: 'owner' }, { who: 'anyone', may: read, when: 'isPublished' }],
  Drafts: [
    { who: 'owner', may: ['create', ...read] },
    { who: 'owner', may: ['update', 'delete'], when: 'isDraft' },
  ],
  Review: [{ who: 'owner', may: ['create', ...read] }, { who: 'editors', may: [...read, 'update'], when: 'inReview' }, { who: 'admins' }],
  GetOnly: [{ who: 'owner' }, { who: 'signedIn', may: ['get'] }],
  ListOnly: [{ who: 'owner' }, { who: 'signedIn', may: ['list'] }],
  Blind: [
    { who: 'signedIn', may: ['create', 'update'] },
    { who: 'admins', may: read },
  ],
  Nobody: [],
  Sizes: [
    { who: 'signedIn', may: read, when: 'isSmall' },
    { who: 'editors', may: ['update'], when: 'publishedAndSmall' },
    { who: 'owner', may: ['delete'], when: 'notPublished' },
    { who: 'owner', may: ['create'], when: 'draftOrLarge' },
    { who: 'admins', may: ['get'], when: 'isMedium' },
  ],
  Shared: [
    { who: 'owner' },
    { who: 'signedIn', may: read, when: 'isShared' },
    { who: 'editors', may: ['update'], when: 'hasNote' },
    { who: 'anyone', may: ['get'], when: 'beginsWithPub' },
  ],
  GuestDrafts: [
    { who: 'anyone', may: ['create'], when: 'isDraft' },
    { who: 'anyone', may: ['get'], when: 'isPublished' },
    { who: 'editors', when: 'notDraft' },
  ],
  DeleteOnly: [
    { who: 'admins', may: ['delete'] },
    { who: 'owner', may: ['create'] },
  ],
  Mixed: [
    { who: 'anyone', may: ['list'] },
    { who: 'signedIn', may: ['get'] },
    { who: 'editors', may: ['update'] },
    { who: 'admins', may: ['delete'] },
    { who: 'owner', may: ['create'] },
  ],
} satisfies Readonly<Record<string, readonly Line[]>>;

/** Rules on records of the models whose fields have rules, too. */
export const fieldModels = {
  FieldPublic: [{ who: 'owner' }, { who: 'anyone', may: read }],
  FieldOwned: [{ who: 'owner' }],
  FieldTeam: [{ who: 'editors' }, { who: 'signedIn', may: read }],
  FieldMembers: [{ who: 'signedIn' }],
  FieldGuests: [{ who: 'anyone' }],
} satisfies Readonly<Record<string, readonly Line[]>>;

/** One rule on a field. */
export interface FieldLine {
  readonly who: Who;
  /** @default both */
  readonly may?: readonly ('read' | 'write')[];
}

/** The rules of the fields of each such model. A field without lines is open to whoever may touch the record. */
export const fieldRules = {
  plain: [],
  adminOnly: [{ who: 'admins' }],
  ownerOnly: [{ who: 'owner' }],
  editorsRead: [{ who: 'editors', may: ['read'] }],
  membersRead: [
    { who: 'signedIn', may: ['read'] },
    { who: 'owner', may: ['write'] },
  ],
  anyoneReads: [
    { who: 'anyone', may: ['read'] },
    { who: 'admins', may: ['write'] },
  ],
  teamOrOwn: [{ who: 'owner' }, { who: 'editors' }],
  membersWrite: [{ who: 'signedIn', may: ['write'] }],
} satisfies Readonly<Record<string, readonly FieldLine[]>>;

export type RuleModel = keyof typeof ruleModels;
export type FieldModel = keyof typeof fieldModels;
export type MatrixModel = RuleModel | FieldModel;
export type RuledField = keyof typeof fieldRules;

export const namesOf = <K extends string>(table: Readonly<Record<K, unknown>>): readonly K[] => Object.keys(table) as K[];
export const linesOf = (model: MatrixModel): readonly Line[] => ({ ...ruleModels, ...fieldModels })[model];
export const fieldLinesOf = (field: RuledField): readonly FieldLine[] => fieldRules[field];
/** The ruled fields whose values are unique, and so can be looked up by. */
export const uniqueFields = ['adminOnly', 'ownerOnly', 'teamOrOwn', 'membersWrite'] as const satisfies readonly RuledField[];
/** The relation that follows the id in a ruled field. */
export const relationOf = (field: RuledField): string => `by_${field}`;
/** The group that lays the records out; no caller of the matrix is in it. */
export const seeders = 'seeders';
