import type { FieldRule, Rule } from './access.ts';
import type { FolderRule, Variant } from './folder.ts';
import type { HookPoint } from './hooks.ts';
import type { BelongsTo, HasMany, ManyToMany } from './model.ts';
import type { Platform } from './push.ts';
import type { PushTemplate, TopicOperation } from './push-options.ts';

// What the synth side makes of a definition and a Lambda bundle carries. Plain data, except for the validators.

/** The kinds of field that the handlers tell apart. `json` is whatever has no narrower kind: its values are stored but never indexed. */
export type FieldKind = 'string' | 'number' | 'integer' | 'boolean' | 'dateTime' | 'array' | 'object' | 'json';

export interface CompiledField {
  readonly kind: FieldKind;
  /** Must be given at creation (no default, not optional). */
  readonly required: boolean;
  /** May be null as a value (`.nullable()`); a merge patch with null then stores null instead of removing the field. */
  readonly nullable: boolean;
  /** Given at creation when the request leaves the field out, and read where a stored record has no value. */
  readonly default?: unknown;
  /** The attribute that holds a renamed field. @default the field's own name */
  readonly storedAs?: string;
  /** The field takes an operator (`{ increment: 2 }`, `{ append: ['x'] }`) in a patch, whose outcome keeps to these limits. */
  readonly operators?: OperatorLimits;
}

/** The limits of a field's schema that the outcome of an operator must keep to. */
export interface OperatorLimits {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly maxItems?: number;
}

/**
 * An index, or the table itself, as the planner sees it. `partition` and `sort` name fields in their declared order.
 * A key of several fields, or of a field that DynamoDB cannot use as a key (a boolean), is stored in an attribute of its own
 * (`partitionAttribute`, `sortAttribute`), encoded by `contracts/key-encoding.ts`.
 */
export interface CompiledIndex {
  readonly name: string;
  /** The field matched exactly; `'*'`: one partition for the whole model. */
  readonly partition: string;
  readonly partitionAttribute: string;
  /** The attribute holds the encoded key, not the field's own value. */
  readonly partitionEncoded: boolean;
  /** The fields of the order. An index that declares one field only is ordered by `createdAt`. */
  readonly sort: readonly string[];
  readonly sortAttribute?: string;
  readonly sortEncoded: boolean;
}

/** A relation whose fields are all known. */
export type CompiledRelation = BelongsTo | HasMany | (ManyToMany & { readonly from: string; readonly to: string });

/** A field that holds the id of a record whose delete means something to the record with the field. */
export interface CompiledReference {
  /** For a reference of a model: the model that it leads to. For a referrer: the model that has the field. */
  readonly model: string;
  readonly field: string;
  readonly onDelete: 'restrict' | 'cascade' | 'setNull';
}

/** What records that were stored before a change of the definition lack until `plinth data backfill` has run. */
export interface AwaitedBackfill {
  /** Fields that came with a default: reads fill it in, but no filter and no index of the database sees it. */
  readonly fields: readonly string[];
  /** Indexes whose keys old records do not have. */
  readonly indexes: readonly string[];
  /** Unique fields whose old values are not recorded. */
  readonly unique: readonly string[];
  /** Counters that lack the old records. */
  readonly counts: readonly string[];
}

/** A model as the handlers need it. */
export interface CompiledModel {
  readonly name: string;
  /** The name under which a renamed model was first stored: its unique values and counters go by it. @default its own name */
  readonly storedAs?: string;
  /** Absent where no record can be older than the definition. */
  readonly awaited?: AwaitedBackfill;
  /** The name of the environment variable with the table's name. */
  readonly tableVariable: string;
  readonly fields: Readonly<Record<string, CompiledField>>;
  readonly unique: readonly string[];
  /** Declared indexes, and the index `byOwner` (`owner`, then `createdAt`) of models with an owner rule. */
  readonly indexes: readonly CompiledIndex[];
  readonly rules: readonly Rule[];
  readonly fieldRules: Readonly<Record<string, readonly FieldRule[]>>;
  readonly relations: Readonly<Record<string, CompiledRelation>>;
  /** Fields of which each value is counted, and `'*'` for all records. Fields of {@link references} are always among them. */
  readonly counts: readonly string[];
  /** The fields by which records of this model depend on others. */
  readonly references: readonly CompiledReference[];
  /** The fields by which records of other models depend on those of this one. */
  readonly referrers: readonly CompiledReference[];
  /** The field that says when the record ends. Handlers write it as seconds since the epoch to `expiryAttribute` (key-encoding.ts). */
  readonly ttl?: string;
  readonly requireIfMatch: boolean;
  /** The index that finds the records of a deleted user, which are deleted. @default they stay */
  readonly onUserDelete?: { readonly index: string };
  /** The names of the environment variables with the ARNs of the functions that are asked before a write. @default nobody is asked */
  readonly hooks?: Readonly<Partial<Record<HookPoint, string>>>;
  /** Only for what writes to other models have to look at: no request may name it. @default false */
  readonly closed?: true;
}

/** A failed rule, as ajv's standalone code reports it. */
export interface SchemaError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
}

/** A compiled validator: fills in defaults, answers whether the value fits, and leaves the faults on itself. */
export interface Validator {
  (value: unknown): boolean;
  errors?: readonly SchemaError[] | null;
}

/** `@compiled/data`: the data feature's definition. */
export interface CompiledData {
  readonly models: Readonly<Record<string, CompiledModel>>;
  /** Some models are left out, so that what depends on a deleted record is left to the function that finishes deletes. @default false */
  readonly isPart?: true;
}

/** `create` and `replace` fill in defaults; `update` takes a merge patch: every field optional, null for the optional ones. */
export interface ModelValidators {
  readonly create: Validator;
  readonly replace: Validator;
  readonly update: Validator;
  /** The operators of a patch: an object of the fields that hold one. Absent where no field takes one. */
  readonly operators?: Validator;
}

/** `@compiled/api`: what the API function answers with. */
export interface CompiledApi {
  readonly openapi: unknown;
  readonly routes: readonly { readonly method: string; readonly path: string }[];
}

/** One segment of a folder's path. */
export type PathSegment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'owner' }
  | { readonly kind: 'record'; readonly model: string };

/** A variant with all defaults. */
export interface CompiledVariant extends Pick<Variant, 'width' | 'height'>, Required<Pick<Variant, 'fit' | 'format' | 'quality'>> {
  /** Its name in the bucket and in URLs, `small-1f2e3d4c`: another as soon as the variant is declared otherwise. */
  readonly file: string;
}

/** A folder as the handlers need it. */
export interface CompiledFolder {
  readonly name: string;
  readonly path: readonly PathSegment[];
  /** What every key of the folder begins with, up to the first variable: `avatars/`. No folder's prefix begins with another's. */
  readonly prefix: string;
  readonly rules: readonly FolderRule[];
  /** Guests may get every file, so that the CDN serves it without a signature. */
  readonly isPublic: boolean;
  readonly maxSizeBytes: number;
  /** In lower case; `image/*` includes no type that runs in browsers. */
  readonly types: readonly string[];
  readonly variants: Readonly<Record<string, CompiledVariant>>;
  /** The files of a deleted user are deleted. @default they stay */
  readonly onUserDelete?: 'delete';
}

/** `@compiled/files`: the files feature's definition. */
export interface CompiledFiles {
  readonly folders: Readonly<Record<string, CompiledFolder>>;
  readonly quotaBytes: number;
  readonly linkSeconds: { readonly default: number; readonly max: number };
  /** The models whose records folders follow, with their rules. Their tables' names are in `tableVariable`. */
  readonly models: Readonly<Record<string, CompiledModel>>;
  readonly malwareProtection: boolean;
}

/** `@compiled/push`: the push feature's definition. */
export interface CompiledPush {
  readonly platforms: readonly Platform[];
  /** The topic of APNs. */
  readonly bundleId?: string;
  readonly web?: { readonly subject: string; readonly pushServices: readonly string[] };
  readonly topics: Readonly<Record<string, readonly Rule<TopicOperation>[]>>;
  /** The first is for devices with none of them. */
  readonly locales: readonly string[];
  readonly templates: Readonly<Record<string, PushTemplate>>;
  readonly categories: readonly string[];
  readonly maxDevicesPerUser: number;
  readonly logDays: number;
}

/** `@compiled/events`: what the publisher of events knows of the models. */
export interface CompiledEvents {
  readonly models: Readonly<Record<string, Pick<CompiledModel, 'name' | 'fields'>>>;
}
