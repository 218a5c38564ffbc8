import type { z } from 'zod';
import type { AccessRule, Allow, FieldAccessRule } from './access.ts';
import type { SystemField } from './data.ts';

/** The fields of a model: Zod 4 types by name. */
export type Fields = Readonly<Record<string, z.ZodType>>;

/** A record's fields as the server returns them (defaults applied). */
export type FieldValues<F extends Fields> = z.infer<z.ZodObject<F>>;
/** A record's fields as a client may send them (fields with a default may be left out). */
export type FieldInput<F extends Fields> = z.input<z.ZodObject<F>>;

/** What the server adds to every record. */
export interface SystemFields {
  readonly id: string;
  /** The `sub` of the user who created the record. */
  readonly owner: string;
  /** 1 after creation, one more with every write. The `ETag` is made of it. */
  readonly version: number;
  /** ISO 8601, UTC, milliseconds. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** This record's field `field` holds the id of one record of `model`. Expand it by the relation's name. */
export interface BelongsTo {
  readonly kind: 'belongsTo';
  readonly model: string;
  readonly field: string;
  /**
   * What happens to this record when the other one is deleted: `restrict` refuses the delete, `cascade` deletes this record, too,
   * `setNull` removes the field, `keep` does nothing. With all but `keep`, the id of a record that is not there, or that the writer
   * may not read, is refused.
   */
  readonly onDelete: 'restrict' | 'cascade' | 'setNull' | 'keep';
}

/** The records of `model` whose field `field` holds this record's id. `model` needs an index that begins with that field. */
export interface HasMany {
  readonly kind: 'hasMany';
  readonly model: string;
  readonly field: string;
}

/** The records of `model` that records of the model `through` connect with this one: each of those belongs to one of both. */
export interface ManyToMany {
  readonly kind: 'manyToMany';
  readonly model: string;
  readonly through: string;
  /** The field of `through` that holds the id of this record. `through` needs an index that begins with it. */
  readonly from?: string;
  /** The field of `through` that holds the id of the record of `model`. */
  readonly to?: string;
}

export type Relation = BelongsTo | HasMany | ManyToMany;

/** Options of {@link belongsTo}. */
export interface BelongsToOptions {
  /** @default 'keep': the id stays, an expand of it gives null */
  readonly onDelete?: BelongsTo['onDelete'];
}

/** Declares that `field` of this model holds the id of a record of `model`. */
export const belongsTo = <M extends string, K extends string>(model: M, field: K, options: BelongsToOptions = {}) =>
  ({ kind: 'belongsTo', model, field, onDelete: options.onDelete ?? 'keep' }) as const satisfies BelongsTo;

/** Declares that records of `model` point at this one with their `field`. */
export const hasMany = <M extends string, K extends string>(model: M, field: K) =>
  ({ kind: 'hasMany', model, field }) as const satisfies HasMany;

/** Options of {@link manyToMany}. */
export interface ManyToManyOptions<T extends string> {
  /** The model that connects both: it has a `belongsTo` to each of them. */
  readonly through: T;
  /** The field of `through` that points at this model. @default that of its one `belongsTo` to this model */
  readonly from?: string;
  /** The field of `through` that points at the other model. @default that of its one `belongsTo` to the other model */
  readonly to?: string;
}

/**
 * Declares that records of the model `through` connect this model with `model`. To connect two records, create one of `through`.
 *
 * @example
 * ```ts
 * const NoteTag = model({
 *   fields: { noteId: z.string(), tagId: z.string() },
 *   indexes: { byNote: ['noteId'], byTag: ['tagId'] },
 *   relations: { note: belongsTo('Note', 'noteId', { onDelete: 'cascade' }), tag: belongsTo('Tag', 'tagId', { onDelete: 'cascade' }) },
 *   access: (allow) => [allow.owner()],
 * });
 * // and in the relations of Note:
 * tags: manyToMany('Tag', { through: 'NoteTag' })
 * ```
 */
export const manyToMany = <M extends string, T extends string>(model: M, options: ManyToManyOptions<T>) =>
  ({ ...options, kind: 'manyToMany', model }) as const satisfies ManyToMany;

/**
 * The fields of an index in order. The first is matched exactly; the others are the sort order.
 * `'*'` in the first place puts all records of the model into one order (then DynamoDB takes about 1,000 writes a second for it,
 * the limit of one partition: "Best practices for designing partition keys", DynamoDB Developer Guide).
 * System fields may be used too. An index of one field is ordered by `createdAt`. A record without a value in one of the fields
 * is not in the index; an empty text is refused in a text field that DynamoDB uses as a key as it is.
 */
export type IndexFields<F extends Fields> = readonly [(keyof F & string) | SystemField | '*', ...((keyof F & string) | SystemField)[]];

/** The names under which a model and its fields were first stored. */
export interface PreviousNames<K extends string = string> {
  /** @default the model was not renamed */
  readonly model?: string;
  /** First names by present names: `{ title: 'headline' }`. @default no field was renamed */
  readonly fields?: { readonly [N in K]?: string };
}

/** What one model declares. */
export interface ModelDefinition<F extends Fields> {
  /**
   * Zod 4 types by field name. Optional fields by `.optional()`, defaults by `.default()`. What JSON Schema cannot say
   * (`.refine()`, `.transform()`, `z.date()`) is refused at synth. `.trim()`, `.toLowerCase()`, `.toUpperCase()` and
   * `.normalize()` work, and come before all checks. A text with a pattern takes 1,024 characters unless `.max()` says
   * otherwise (an e-mail address 254, a URL 2,048); `z.url()` takes http and https only.
   */
  readonly fields: F;
  /** Fields whose value no two records may share. @default none */
  readonly unique?: readonly (keyof F & string)[];
  /**
   * Fields whose equal values are counted with every write, exactly, and `'*'` for all records: a count with this one value as
   * its filter is then one small read at any size. Writes become transactions. All writes of one value meet in one item, of which
   * DynamoDB takes 1,000 writes a second at the most ("Best practices for designing partition keys", DynamoDB Developer Guide), and
   * less from transactions that meet. Records that were stored before a field was listed here are not counted.
   * @default none: counts read the index
   */
  readonly count?: readonly ((keyof F & string) | 'owner' | '*')[];
  /** Lists need an index, unless they are of the caller's own records. @default none but the owner index */
  readonly indexes?: Readonly<Record<string, IndexFields<F>>>;
  /** Who may do what. A model without rules can be reached by nobody. */
  readonly access: (allow: Allow<AccessRule<FieldValues<F> & SystemFields>>) => readonly AccessRule<FieldValues<F> & SystemFields>[];
  /** Fields that fewer callers may read or write than the record. @default none */
  readonly fieldAccess?: { readonly [K in keyof F & string]?: (allow: Allow<FieldAccessRule>) => readonly FieldAccessRule[] };
  /** Names for the ways to other records, for `expand`. @default none */
  readonly relations?: Readonly<Record<string, Relation>>;
  /** A field with a date (ISO string) or a number of seconds since the epoch after which DynamoDB deletes the record. @default records stay */
  readonly ttl?: keyof F & string;
  /** Every update, replace and delete must carry `If-Match`. @default false */
  readonly requireIfMatch?: boolean;
  /**
   * What becomes of a user's own records when the account is deleted. `delete`: they are deleted within minutes, as if a function did
   * it: no rule and no hook is asked, `onDelete` of relations holds. @default 'keep'
   */
  readonly onUserDelete?: 'keep' | 'delete';
  /**
   * The names under which a renamed model or renamed fields were first stored. Table and records stay where they are, under those
   * names; the API, filters and the client know the new ones only. Keep it for as long as the records.
   * A text is the previous name of the model.
   * @default everything is stored under its own name
   */
  readonly previously?: string | PreviousNames<keyof F & string>;
}

/** A model of the definition. Made by {@link model}. */
export interface Model<F extends Fields = Fields> {
  readonly kind: 'model';
  readonly definition: ModelDefinition<F>;
}

/** Any model, whatever its fields. */
// biome-ignore lint/suspicious/noExplicitAny: a model's access functions take its own fields, so no other type holds every model
export type AnyModel = Model<any>;

/**
 * Declares a model: its fields, who may do what with its records, and how they can be listed.
 *
 * @example
 * ```ts
 * const Note = model({
 *   fields: { title: z.string().min(1).max(200), published: z.boolean().default(false) },
 *   indexes: { byState: ['published', 'createdAt'] },
 *   access: (allow) => [allow.owner(), allow.anyone().to('read').when({ published: true })],
 * });
 * ```
 */
export const model = <const F extends Fields, const D extends ModelDefinition<F>>(
  definition: D & { readonly fields: F } & ModelDefinition<F>,
): Model<F> & { readonly definition: D } => ({
  kind: 'model',
  definition,
});

/** A record of a model, as the API returns it. Fields that the caller may not read are absent. */
export type RecordOf<M> = M extends Model<infer F> ? FieldValues<F> & SystemFields : never;
/** What creates a record of a model. */
export type CreateInput<M> = M extends Model<infer F> ? FieldInput<F> & { readonly id?: string } : never;
/** What changes a stored value where it is, without its being read: for numbers and for lists of any length. */
export type FieldOperator<T> = [T] extends [number]
  ? number extends T
    ? { readonly increment: number }
    : never
  : [T] extends [readonly (infer Item)[]]
    ? number extends T['length']
      ? { readonly append: readonly Item[] } | { readonly prepend: readonly Item[] }
      : never
    : never;
/** What changes a record: any of its fields; null removes an optional one. Numbers take `{ increment: 2 }`, lists `{ append: ['x'] }`. */
export type UpdateInput<M> =
  M extends Model<infer F>
    ? { readonly [K in keyof FieldInput<F>]?: FieldInput<F>[K] | null | FieldOperator<NonNullable<FieldInput<F>[K]>> }
    : never;
