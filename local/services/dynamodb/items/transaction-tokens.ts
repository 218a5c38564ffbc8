import type { Clock } from '../../../clock.ts';
import { dynamodbError } from '../dynamodb-errors.ts';
import { type Database, prefixRange, type StoreOperation } from '../storage/database.ts';

/** How long a `ClientRequestToken` stands for its transaction. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html */
const VALIDITY_MS = 10 * 60 * 1_000;
const PREFIX = 'k!';

interface UsedToken {
  readonly fingerprint: string;
  readonly at: number;
}

/** Remembers the tokens of transactions, in the batch of the transaction itself. */
export class TransactionTokens {
  readonly #database: Database;
  readonly #clock: Clock;
  /** The tokens by age, so that a sweep looks at those that are over only. */
  readonly #byAge = new Map<string, number>();

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /**
   * Whether this very transaction was handed in before.
   * @throws AwsError `IdempotentParameterMismatchException` when the token stands for another one.
   */
  isReplay(token: string, fingerprint: string): boolean {
    const used = this.#database.latest<UsedToken>(PREFIX + token);
    if (used === undefined || this.#isOver(used)) return false;
    if (used.fingerprint === fingerprint) return true;
    throw dynamodbError(
      'IdempotentParameterMismatchException',
      'The request uses the same client token as a previous, but non-identical request. Do not reuse a client token with different requests, unless the requests are identical',
    );
  }

  /** The operation that remembers the token. */
  remember(token: string, fingerprint: string): StoreOperation {
    const used: UsedToken = { fingerprint, at: this.#clock.now() };
    this.#byAge.delete(token);
    this.#byAge.set(token, used.at);
    return { type: 'put', key: PREFIX + token, value: used };
  }

  async load(): Promise<void> {
    const tokens: [string, number][] = [];
    for await (const [key, used] of this.#database.entries<UsedToken>(prefixRange(PREFIX)))
      tokens.push([key.slice(PREFIX.length), used.at]);
    for (const [token, at] of tokens.sort(([, a], [, b]) => a - b)) this.#byAge.set(token, at);
  }

  /** Forgets tokens that are no longer valid. */
  async sweep(): Promise<void> {
    const operations: StoreOperation[] = [];
    for (const [token, at] of this.#byAge) {
      if (!this.#isOver({ at })) break;
      operations.push({ type: 'del', key: PREFIX + token });
      this.#byAge.delete(token);
    }
    if (operations.length > 0) await this.#database.commit({ operations, increments: [] });
  }

  #isOver(used: Pick<UsedToken, 'at'>): boolean {
    return used.at + VALIDITY_MS <= this.#clock.now();
  }
}
