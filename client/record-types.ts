import type { ModelsOf } from '../contracts/backend.ts';
import type { Page } from '../contracts/data.ts';
import type { CreateInput, RecordOf, UpdateInput } from '../contracts/model.ts';

// Types only: what a definition says about its records, for the methods of RecordsClient.

/** The names that were written down, without the index signature of the type they were checked against. */
export type WrittenKeys<T> = keyof { [K in keyof T as string extends K ? never : K]: T[K] } & string;
type RequiredKeys<T> = { [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? never : K }[keyof T] & string;
type Simplify<T> = { [K in keyof T]: T[K] };
type DefinitionOf<M> = M extends { readonly definition: infer Definition } ? Definition : never;

/** Names of the models of a definition. */
export type ModelName<D> = WrittenKeys<ModelsOf<D>>;

type ModelOf<D, N extends string> = N extends keyof ModelsOf<D> ? ModelsOf<D>[N] : never;

/** Fields with rules of their own: whoever may not read them gets the record without them. */
type GuardedField<M> = DefinitionOf<M> extends { readonly fieldAccess: infer Access } ? RequiredKeys<Access> : never;
type Guarded<R, K extends PropertyKey> = Simplify<Omit<R, K> & { [P in K & keyof R]?: R[P] }>;

/**
 * A record of a model, as this client gets it.
 *
 * @example
 * ```ts
 * import type { RecordType } from 'plinth/client';
 * import type { backend } from './backend';
 * type Note = RecordType<typeof backend, 'Note'>;
 * ```
 */
export type RecordType<D, N extends ModelName<D>> = Guarded<RecordOf<ModelOf<D, N>>, GuardedField<ModelOf<D, N>>>;
/** What creates a record. */
export type NewRecord<D, N extends ModelName<D>> = CreateInput<ModelOf<D, N>>;
/** All fields of a record, for a replacement. */
export type RecordFields<D, N extends ModelName<D>> = Omit<CreateInput<ModelOf<D, N>>, 'id'>;
/** The fields to change; null removes an optional one. */
export type RecordPatch<D, N extends ModelName<D>> = UpdateInput<ModelOf<D, N>>;

/** Fields whose value no two records share. */
export type UniqueField<D, N extends ModelName<D>> =
  DefinitionOf<ModelOf<D, N>> extends { readonly unique: infer U extends readonly string[] } ? U[number] : never;

type RelationsOf<D, N extends string> = DefinitionOf<ModelOf<D, N>> extends { readonly relations: infer R } ? R : Record<never, never>;
/** Names of the ways to other records. */
export type RelationName<D, N extends ModelName<D>> = WrittenKeys<RelationsOf<D, N>>;

type RelatedName<D, N extends ModelName<D>, K extends string> = K extends keyof RelationsOf<D, N>
  ? RelationsOf<D, N>[K] extends { readonly model: infer M extends ModelName<D> }
    ? M
    : never
  : never;

/** The ways to other records: `author`, and from there `author.profile`. */
export type RelationPath<D, N extends ModelName<D>> =
  | RelationName<D, N>
  | { [K in RelationName<D, N>]: `${K}.${RelationName<D, RelatedName<D, N, K>>}` }[RelationName<D, N>];

type Head<E extends string> = E extends `${infer First}.${string}` ? First : E;
type Tail<E extends string, K extends string> = E extends `${K}.${infer Rest}` ? Rest : never;

type Related<D, R, E extends string> = R extends { readonly kind: infer Kind; readonly model: infer N extends ModelName<D> }
  ? Kind extends 'belongsTo'
    ? (RecordType<D, N> & Expanded<D, N, E>) | null
    : Page<RecordType<D, N> & Expanded<D, N, E>> | null
  : never;

/**
 * The related records of a result, by the names of `expand`: one record, or the first page of many. Null where there is
 * none that the caller may read.
 */
export type Expanded<D, N extends ModelName<D>, E extends string> = [E] extends [never]
  ? unknown
  : {
      readonly expanded: {
        readonly [K in Head<E>]: Related<D, K extends keyof RelationsOf<D, N> ? RelationsOf<D, N>[K] : never, Tail<E, K>>;
      };
    };

/** A record of a result: the id, the fields that were asked for, and the related records. */
export type Result<D, N extends ModelName<D>, F extends PropertyKey, E extends string> = Simplify<
  Pick<RecordType<D, N>, (F | 'id') & keyof RecordType<D, N>>
> &
  Expanded<D, N, E>;

/** Comparisons that every plain value takes. */
interface Equality<T> {
  readonly eq?: T;
  readonly ne?: T;
  readonly in?: readonly T[];
  /** Whether the field has a value. */
  readonly exists?: boolean;
}

interface Order<T> extends Equality<T> {
  readonly lt?: T;
  readonly lte?: T;
  readonly gt?: T;
  readonly gte?: T;
  /** Both ends included. */
  readonly between?: readonly [T, T];
}

interface Text<T> extends Order<T> {
  readonly contains?: string;
  readonly beginsWith?: string;
}

/** What a field of mixed types, such as any JSON, is compared with. */
type AnyScalar = string | number | boolean;

/** What a field of this type can be compared with. */
export type FieldFilter<T> = [T] extends [boolean]
  ? T | Equality<T>
  : [T] extends [number]
    ? T | Order<T>
    : [T] extends [string]
      ? T | Text<T>
      : [T] extends [readonly (infer Item)[]]
        ? { readonly contains?: Item; readonly exists?: boolean }
        : [string] extends [T]
          ? AnyScalar | Text<AnyScalar>
          : { readonly exists?: boolean };

/** Which records: all comparisons must hold. `{ status: 'open' }` is short for `{ status: { eq: 'open' } }`. */
export type RecordFilter<R> = { readonly [K in keyof R & string]?: FieldFilter<NonNullable<R[K]>> } & {
  readonly and?: readonly RecordFilter<R>[];
  readonly or?: readonly RecordFilter<R>[];
  readonly not?: RecordFilter<R>;
};

type Scalar<R> = { [K in keyof R]-?: NonNullable<R[K]> extends string | number | boolean ? K : never }[keyof R] & string;
/** A field to sort by; with `-` from high to low. */
export type SortField<R> = Scalar<R> | `-${Scalar<R>}`;

/** What to return of each record. */
export interface Shape<F extends PropertyKey, E extends string> {
  /** The fields to return beside the id. @default all that the caller may read */
  readonly fields?: readonly F[];
  /**
   * The related records to return with it, by the names of the relations: `author`, or `comments.author` for the relations of
   * related records.
   * @default none
   */
  readonly expand?: readonly E[];
}

/** How to read one record. */
export interface ReadQuery<F extends PropertyKey, E extends string> extends Shape<F, E> {
  /** See every write that was answered before, at twice the read units. @default false: a write of the last second may be missing */
  readonly consistent?: boolean;
}

/** How many records there are. */
export interface Count {
  readonly count: number;
  /** False when there were more to look at than one request may read: then there are at least `count`. */
  readonly complete: boolean;
}

/** Which records to count. */
export interface CountQuery<R> {
  /** @default all records that the caller may read */
  readonly filter?: RecordFilter<R>;
}

/** Which records to list, in which order. */
export interface ListQuery<R, F extends PropertyKey, E extends string> extends CountQuery<R>, Shape<F, E> {
  /** The order. An index must serve it. @default the order of the index that serves the filter */
  readonly sort?: SortField<R>;
  /** Records a page: 1 to 100. @default 20 */
  readonly limit?: number;
  /** The `cursor` of the page before. @default the first page */
  readonly cursor?: string | undefined;
}
