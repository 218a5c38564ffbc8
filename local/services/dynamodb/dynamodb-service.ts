import validations from 'dynalite/validations/index.js';
import type { AwsRequest, AwsResponse, LocalContext, LocalService } from '../service.ts';
import { dynamodbError, withDynaliteErrors } from './dynamodb-errors.ts';
import { ExpirySweeper } from './items/expiry-sweeper.ts';
import { ItemWriter } from './items/item-writer.ts';
import { TransactionTokens } from './items/transaction-tokens.ts';
import { checkTypes } from './operations/check-types.ts';
import type { Engine } from './operations/operation.ts';
import { OPERATIONS } from './operations/operation-registry.ts';
import { Database, prefixRange } from './storage/database.ts';
import { ChangeLog } from './streams/change-log.ts';
import { type FollowOptions, StreamFollower } from './streams/stream-follower.ts';
import type { StreamEventRecord } from './streams/stream-record.ts';
import { IndexBuilder } from './tables/index-builder.ts';
import { TableCatalog, tableNameOf } from './tables/table-catalog.ts';
import type { TableSettings } from './tables/table-definition.ts';
import { TemplateSync } from './tables/template-sync.ts';
import type { Item } from './values/attribute-value.ts';

/** How often expired items, old stream records and old tokens are looked for. */
const SWEEP_INTERVAL_MS = 3_000;
const CONTENT_TYPE = 'application/x-amz-json-1.0';

/** DynamoDB and DynamoDB Streams of a local run. */
export class DynamodbService implements LocalService {
  readonly #engine: Engine;
  readonly #context: LocalContext;
  readonly #sweeper: ExpirySweeper;
  readonly #followers = new Set<StreamFollower>();
  readonly #timer: NodeJS.Timeout;
  #sweeping: Promise<unknown> = Promise.resolve();

  private constructor(engine: Engine, context: LocalContext) {
    this.#engine = engine;
    this.#context = context;
    this.#sweeper = new ExpirySweeper(engine);
    this.#timer = setInterval(() => this.#sweepInBackground(), SWEEP_INTERVAL_MS);
    this.#timer.unref();
  }

  /** Opens the store, finishes what a crash interrupted, and brings the tables into line with the template. */
  static async start(tables: readonly TableSettings[], context: LocalContext): Promise<DynamodbService> {
    const database = await Database.open(context.folder);
    try {
      const catalog = new TableCatalog(database, context.account, context.clock);
      await catalog.load();
      const changes = new ChangeLog(database, context.clock);
      const builder = new IndexBuilder(database, catalog);
      const engine: Engine = {
        account: context.account,
        clock: context.clock,
        database,
        catalog,
        builder,
        changes,
        writer: new ItemWriter(database, changes),
        tokens: new TransactionTokens(database, context.clock),
      };
      await engine.tokens.load();
      const sync = new TemplateSync(catalog, builder, context.log);
      for (const settings of tables) await sync.apply(settings);
      for (const table of catalog.list()) await builder.build(table.name);
      return new DynamodbService(engine, context);
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  async handle(request: AwsRequest): Promise<AwsResponse> {
    const operation = OPERATIONS.get(request.operation);
    if (operation === undefined) throw dynamodbError('UnknownOperationException', '');
    const body = parseBody(request.body);
    const input = withTableNames(checkTypes(body, operation.types as never)) as never;
    withDynaliteErrors(() => validations.checkValidations(input, operation.types, undefined, undefined));
    operation.validate?.(input);
    for (const [action, resourceArn, context] of operation.grants(input, this.#engine)) request.authorize(action, resourceArn, context);
    const units = { read: 0, write: 0 };
    const answer = await operation.run(input, this.#engine, units);
    return { status: 200, headers: { 'content-type': CONTENT_TYPE }, body: JSON.stringify(answer), units };
  }

  /**
   * Hands the records of a stream to a listener, in order and one call at a time: the next call waits for the promise of the last one,
   * and a call that fails is repeated. Records are kept for 24 hours, so `after` also works after a restart.
   * @returns a function that ends it.
   * @throws AwsError `ResourceNotFoundException` when there is no such stream.
   */
  followStream(streamArn: string, options: FollowOptions, onRecords: (records: StreamEventRecord[]) => void | Promise<void>): () => void {
    const follower = new StreamFollower(this.#engine, this.#context.log);
    try {
      follower.start(streamArn, options, onRecords);
    } catch (error) {
      follower.stop();
      throw error;
    }
    this.#followers.add(follower);
    return () => {
      follower.stop();
      this.#followers.delete(follower);
    };
  }

  /** Deletes what is due now: expired items, stream records and tokens past their time. @returns how many items expired. */
  async sweep(): Promise<number> {
    const expired = await this.#sweeper.sweep();
    await this.#engine.changes.trim(this.#engine.catalog);
    await this.#engine.tokens.sweep();
    return expired;
  }

  /** All items by table, in the order of their keys. */
  async dump(): Promise<Record<string, Item[]>> {
    await this.#engine.database.flushed();
    const tables: Record<string, Item[]> = {};
    for (const table of this.#engine.catalog.list()) {
      const items: [string, Item][] = [];
      for await (const [key, item] of this.#engine.database.entries<Item>(prefixRange(table.itemPrefix))) {
        // The stored key begins with a hash; without it the order is that of the key attributes.
        items.push([key.slice(key.indexOf('/')), sorted(item)]);
      }
      tables[table.name] = items.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
    }
    return tables;
  }

  async dispose(): Promise<void> {
    clearInterval(this.#timer);
    for (const follower of this.#followers) follower.stop();
    await this.#engine.builder.stop();
    await this.#sweeping;
    await this.#engine.catalog.settled();
    await this.#engine.database.close();
  }

  #sweepInBackground(): void {
    this.#sweeping = this.#sweeping
      .then(() => this.sweep())
      .catch((error: unknown) => this.#context.log.error('dynamodb', `sweeping failed: ${error}`));
  }
}

function parseBody(body: Buffer): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString());
  } catch {
    throw dynamodbError('SerializationException', '');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw dynamodbError('SerializationException', '');
  return parsed as Record<string, unknown>;
}

/** AWS takes an ARN for a name; the patterns that names are checked against do not. */
function withTableNames(input: Record<string, unknown>): Record<string, unknown> {
  const name = input['TableName'];
  if (typeof name === 'string' && name.startsWith('arn:')) input['TableName'] = tableNameOf(name);
  if (Array.isArray(input['TransactItems'])) {
    for (const part of input['TransactItems'].flatMap((item) => Object.values((item ?? {}) as object)))
      withTableNames(part as Record<string, unknown>);
  }
  return input;
}

function sorted(item: Item): Item {
  return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
}
