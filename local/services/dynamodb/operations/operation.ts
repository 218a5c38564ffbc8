import type { Clock } from '../../../clock.ts';
import type { LocalAccount } from '../../service.ts';
import type { BilledUnits } from '../items/consumed-capacity.ts';
import type { ItemWriter } from '../items/item-writer.ts';
import type { TransactionTokens } from '../items/transaction-tokens.ts';
import type { Database } from '../storage/database.ts';
import type { ChangeLog } from '../streams/change-log.ts';
import type { IndexBuilder } from '../tables/index-builder.ts';
import type { TableCatalog } from '../tables/table-catalog.ts';
import { contentOf, getAttribute, type Item } from '../values/attribute-value.ts';

/** What operations work with. */
export interface Engine {
  readonly account: LocalAccount;
  readonly clock: Clock;
  readonly database: Database;
  readonly catalog: TableCatalog;
  readonly builder: IndexBuilder;
  readonly writer: ItemWriter;
  readonly changes: ChangeLog;
  readonly tokens: TransactionTokens;
}

/** Condition keys of DynamoDB's own. */
export type GrantContext = Readonly<Record<string, string[]>>;

/** What a caller must be allowed to do: an IAM action, the ARN that AWS checks it on, and DynamoDB's condition keys. */
export type Grant = readonly [action: string, resourceArn: string, context?: GrantContext | undefined];

/** `dynamodb:LeadingKeys`: the partition keys that a request names. Undefined when the table is missing. */
export function leadingKeys(engine: Engine, tableName: string, items: readonly (Item | undefined)[]): GrantContext | undefined {
  const hash = engine.catalog.find(tableName)?.key.hash;
  if (hash === undefined) return undefined;
  const values = items.map((item) => item && getAttribute(item, hash)).filter((value) => value !== undefined);
  return { 'dynamodb:LeadingKeys': [...new Set(values.map((value) => String(contentOf(value))))] };
}

/** One operation of the API. */
export interface Operation<T = never> {
  /** The members and their constraints, in dynalite's notation. */
  readonly types: Record<string, unknown>;
  /** Checks that need no table. Throws AwsError. May normalise the input in place. */
  validate?(input: T): void;
  /** What the caller must be allowed to do. Asked before anything is read. */
  grants(input: T, engine: Engine): readonly Grant[];
  run(input: T, engine: Engine, billed: BilledUnits): Promise<unknown> | unknown;
}

/** A member's type without the demand that it be there: dynalite looks whether `notNull` exists at all. */
export function optional(type: unknown): Record<string, unknown> {
  const { notNull: _required, ...rest } = type as Record<string, unknown>;
  return rest;
}
