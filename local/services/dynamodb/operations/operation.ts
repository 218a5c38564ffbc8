import type { Clock } from '../../../clock.ts';
import type { LocalAccount } from '../../service.ts';
import type { ItemWriter } from '../items/item-writer.ts';
import type { TransactionTokens } from '../items/transaction-tokens.ts';
import type { Database } from '../storage/database.ts';
import type { ChangeLog } from '../streams/change-log.ts';
import type { IndexBuilder } from '../tables/index-builder.ts';
import type { TableCatalog } from '../tables/table-catalog.ts';

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

/** The members of a request or of a part of it. */
export type Input = Record<string, unknown>;

/** What a caller must be allowed to do: an IAM action and the ARN that AWS checks it on. */
export type Grant = readonly [action: string, resourceArn: string];

/** One operation of the API. */
export interface Operation<T = never> {
  /** The members and their constraints, in dynalite's notation. */
  readonly types: Record<string, unknown>;
  /** Asked before the request is validated further. Members may be missing. */
  grants(input: Partial<T>, engine: Engine): readonly Grant[];
  /** Checks that need no table. Throws AwsError. May normalise the input in place. */
  validate?(input: T): void;
  run(input: T, engine: Engine): Promise<unknown> | unknown;
}

/** A member's type without the demand that it be there: dynalite looks whether `notNull` exists at all. */
export function optional(type: unknown): Record<string, unknown> {
  const { notNull: _required, ...rest } = type as Record<string, unknown>;
  return rest;
}
