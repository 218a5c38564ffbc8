import type { KeyType } from '../values/attribute-value.ts';

export interface KeySchema {
  readonly hash: string;
  readonly range?: string;
}

export interface Projection {
  readonly type: 'ALL' | 'KEYS_ONLY' | 'INCLUDE';
  readonly nonKeyAttributes?: readonly string[];
}

export interface Throughput {
  readonly ReadCapacityUnits: number;
  readonly WriteCapacityUnits: number;
}

export type StreamViewType = 'KEYS_ONLY' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES';

export interface IndexDefinition {
  readonly name: string;
  readonly kind: 'global' | 'local';
  readonly key: KeySchema;
  readonly projection: Projection;
  readonly throughput?: Throughput;
}

/** What a template or a `CreateTable` request says about a table. */
export interface TableSettings {
  readonly name: string;
  readonly key: KeySchema;
  readonly attributeTypes: Readonly<Record<string, KeyType>>;
  readonly indexes: readonly IndexDefinition[];
  readonly billingMode: 'PROVISIONED' | 'PAY_PER_REQUEST';
  readonly throughput?: Throughput;
  readonly streamViewType?: StreamViewType;
  readonly ttlAttribute?: string;
  readonly pointInTimeRecovery: boolean;
  readonly deletionProtection: boolean;
  readonly tableClass?: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface StoredIndex extends IndexDefinition {
  /** Names the part of the store that holds the entries; a new one for each creation. */
  readonly id: string;
  readonly status: 'CREATING' | 'ACTIVE';
}

export interface StoredStream {
  readonly label: string;
  readonly viewType: StreamViewType;
  readonly enabled: boolean;
  readonly createdAt: number;
}

/** Expiry of items; the entries by time are kept like an index. */
export interface StoredExpiry {
  readonly attribute: string;
  readonly id: string;
  readonly status: 'CREATING' | 'ACTIVE';
}

/** A table as the store keeps it. Times in milliseconds since the epoch. */
export interface StoredTable extends Omit<TableSettings, 'indexes' | 'streamViewType' | 'ttlAttribute'> {
  readonly id: string;
  readonly uuid: string;
  readonly createdAt: number;
  readonly indexes: readonly StoredIndex[];
  /** The latest stream, also when it is switched off. */
  readonly stream?: StoredStream;
  readonly expiry?: StoredExpiry;
}
