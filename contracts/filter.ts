/** A value that a filter can compare with. */
export type FilterValue = string | number | boolean;

/** The comparisons of one field; all of them must hold. Only `eq`, `lt`… on the fields of an index narrow what is read. */
export interface Comparison<T = FilterValue> {
  readonly eq?: T;
  readonly ne?: T;
  readonly lt?: T;
  readonly lte?: T;
  readonly gt?: T;
  readonly gte?: T;
  /** Both ends included. */
  readonly between?: readonly [T, T];
  readonly in?: readonly T[];
  /** True for a string that holds this text, or a list that holds this item. */
  readonly contains?: FilterValue;
  readonly beginsWith?: string;
  /** Whether the field has a value at all. */
  readonly exists?: boolean;
}

/** A filter as requests, rules (`when`) and indexes write it. `{ status: 'open' }` is short for `{ status: { eq: 'open' } }`. */
export type Filter<R = Record<string, unknown>> = {
  readonly [K in Exclude<keyof R & string, 'and' | 'or' | 'not'>]?: (R[K] & FilterValue) | Comparison<R[K] & FilterValue>;
} & {
  readonly and?: readonly Filter<R>[];
  readonly or?: readonly Filter<R>[];
  readonly not?: Filter<R>;
};

interface Joined {
  readonly and?: readonly AnyFilter[];
  readonly or?: readonly AnyFilter[];
  readonly not?: AnyFilter;
}

/**
 * A {@link Filter} on fields that are not known where it is written: those of events. Any name may be that of a field, `and`, `or` and
 * `not` as well, so that the fields beside these are typed loosely; the synth checks them.
 */
export type AnyFilter =
  | { readonly [field: string]: FilterValue | Comparison | undefined }
  | (Joined &
      ({ readonly and: readonly AnyFilter[] } | { readonly or: readonly AnyFilter[] } | { readonly not: AnyFilter }) & {
        readonly [name: string]: FilterValue | Comparison | AnyFilter | readonly AnyFilter[] | undefined;
      });

/** The operators of {@link Comparison}. */
export const filterOperators = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'between', 'in', 'contains', 'beginsWith', 'exists'] as const;
export type FilterOperator = (typeof filterOperators)[number];
