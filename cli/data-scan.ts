import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { type Attributes, renamed, storedFormOf } from '../lambdas/runtime/stored-record.ts';
import type { DataTarget, ModelTarget } from './data-target.ts';

/** A page of a table, and where to go on; undefined behind the last one. */
export interface ScannedPage {
  readonly items: readonly Attributes[];
  readonly next: Attributes | undefined;
}

/** Reads a whole table, page by page, as it is stored. */
export async function* scanPages({ client }: DataTarget, table: string, start?: Attributes): AsyncGenerator<ScannedPage> {
  let next = start;
  do {
    const output = await client.send(new ScanCommand({ TableName: table, ConsistentRead: true, ...(next && { ExclusiveStartKey: next }) }));
    next = output.LastEvaluatedKey;
    yield { items: output.Items ?? [], next };
  } while (next !== undefined);
}

/** A stored item by the names of the model's fields. */
export const toRecord = ({ model }: ModelTarget, item: Attributes): Attributes => renamed(storedFormOf(model).fieldOf, item);

/** A record as it is stored. */
export const toItem = ({ model }: ModelTarget, record: Attributes): Attributes => renamed(storedFormOf(model).attributeOf, record);

/** Does the work for all items, a few at a time. */
export const forEachOf = async <T>(items: readonly T[], atATime: number, work: (item: T) => Promise<void>): Promise<void> => {
  const waiting = [...items];
  const run = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atATime, items.length) }, run));
};
