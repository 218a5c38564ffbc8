import type { FieldRule, Rule } from './access.ts';
import type { Relation } from './model.ts';

// What the synth side makes of a definition and a Lambda bundle carries. Plain data, except for the validators.

/** The kinds of field that the handlers tell apart. `json` is whatever has no narrower kind: its values are stored but never indexed. */
export type FieldKind = 'string' | 'number' | 'integer' | 'boolean' | 'dateTime' | 'array' | 'object' | 'json';

export interface CompiledField {
  readonly kind: FieldKind;
  /** Must be given at creation (no default, not optional). */
  readonly required: boolean;
  /** May be null as a value (`.nullable()`); a merge patch with null then stores null instead of removing the field. */
  readonly nullable: boolean;
  /** Given at creation when the request leaves the field out. */
  readonly default?: unknown;
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

/** A model as the handlers need it. */
export interface CompiledModel {
  readonly name: string;
  /** The name of the environment variable with the table's name. */
  readonly tableVariable: string;
  readonly fields: Readonly<Record<string, CompiledField>>;
  readonly unique: readonly string[];
  /** Declared indexes, and the index `byOwner` (`owner`, then `createdAt`) of models with an owner rule. */
  readonly indexes: readonly CompiledIndex[];
  readonly rules: readonly Rule[];
  readonly fieldRules: Readonly<Record<string, readonly FieldRule[]>>;
  readonly relations: Readonly<Record<string, Relation>>;
  /** The field that says when the record ends. Handlers write it as seconds since the epoch to `expiryAttribute` (key-encoding.ts). */
  readonly ttl?: string;
  readonly requireIfMatch: boolean;
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
}

/** `create` and `replace` fill in defaults; `update` takes a merge patch: every field optional, null for the optional ones. */
export interface ModelValidators {
  readonly create: Validator;
  readonly replace: Validator;
  readonly update: Validator;
}

/** `@compiled/api`: what the API function answers with. */
export interface CompiledApi {
  readonly openapi: unknown;
  readonly routes: readonly { readonly method: string; readonly path: string }[];
}
