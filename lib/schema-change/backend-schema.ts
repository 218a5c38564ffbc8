import type { AwaitedBackfill } from '../../contracts/compiled.ts';
import type { JsonSchema } from '../schema/json-schema.ts';

// What is accepted of a backend, as the lock file (`plinth.schema.json`) has it: whatever stored data depends on.

/** A field: the schema of its values, with the default. */
export interface FieldSchema {
  readonly required: boolean;
  /** The attribute of a renamed field. */
  readonly storedAs?: string;
  readonly schema: JsonSchema;
}

/** A model with its stored form. */
export interface ModelSchema {
  /** The name of a renamed model when it was first stored. */
  readonly storedAs?: string;
  readonly fields: Readonly<Record<string, FieldSchema>>;
  readonly unique: readonly string[];
  readonly counts: readonly string[];
  readonly ttl?: string;
  /** The fields of each index in order. */
  readonly indexes: Readonly<Record<string, readonly string[]>>;
  /** What records from before later changes may lack, until a backfill has run in a stage. */
  readonly awaited?: AwaitedBackfill;
}

/** A resource that holds data, with the properties whose change makes CloudFormation replace it by an empty one. */
export interface ResourceSchema {
  readonly type: string;
  /** What a person calls it: `the records of Note`. */
  readonly holds: string;
  readonly immutable: Readonly<Record<string, unknown>>;
}

/** One backend, the same in every stage. */
export interface BackendSchema {
  readonly models: Readonly<Record<string, ModelSchema>>;
  /** By logical id. */
  readonly resources: Readonly<Record<string, ResourceSchema>>;
}

/** The lock file. */
export interface SchemaLock {
  readonly format: 1;
  /** By the id of the `Backend` construct. */
  readonly backends: Readonly<Record<string, BackendSchema>>;
}

/** One difference between what was accepted and what is defined now. */
export interface SchemaChange {
  /** Identifies it, and is what `allow` takes: `drop-model:Note`. */
  readonly name: string;
  /** Refused unless it is allowed by name. */
  readonly isRefused: boolean;
  readonly what: string;
  /** What to do. */
  readonly advice: string;
  /** What to run in each stage after it was deployed. */
  readonly backfill?: string;
}
