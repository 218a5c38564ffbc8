import { outboxSchema } from '../outbox.ts';
import { SqliteDatabase, type SqlRow } from '../sqlite-database.ts';

type Attributes = Readonly<Record<string, string>>;

export interface Topic {
  readonly arn: string;
  readonly attributes: Attributes;
}

export interface Subscription {
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: string;
  readonly endpoint: string;
  readonly attributes: Attributes;
  /** What confirms it; undefined once it is confirmed. */
  readonly token: string | undefined;
}

/** A platform application: its name and platform are in its ARN. */
export interface Application {
  readonly arn: string;
  readonly attributes: Attributes;
}

/** A device of a platform application. */
export interface PlatformEndpoint {
  readonly arn: string;
  readonly applicationArn: string;
  readonly token: string;
  readonly enabled: boolean;
  readonly userData: string;
}

const SCHEMA = `
CREATE TABLE IF NOT EXISTS topics (arn TEXT PRIMARY KEY, attributes TEXT NOT NULL, from_template INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS subscriptions (
  arn TEXT PRIMARY KEY, topic_arn TEXT NOT NULL, protocol TEXT NOT NULL, endpoint TEXT NOT NULL, attributes TEXT NOT NULL, token TEXT,
  from_template INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS subscriptions_by_topic ON subscriptions (topic_arn, protocol, endpoint);
CREATE TABLE IF NOT EXISTS applications (arn TEXT PRIMARY KEY, attributes TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS endpoints (
  arn TEXT PRIMARY KEY, application_arn TEXT NOT NULL, token TEXT NOT NULL, enabled INTEGER NOT NULL, user_data TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS endpoints_by_token ON endpoints (application_arn, token);
${outboxSchema}`;

/** Topics, subscriptions, platform applications and endpoints. */
export class SnsStore {
  readonly database: SqliteDatabase;

  /** @param folder undefined: in memory */
  constructor(folder: string | undefined) {
    this.database = new SqliteDatabase({ folder, file: 'sns.sqlite' }, SCHEMA);
  }

  /** Takes over what the template declares, and forgets what an earlier one declared. */
  declare(topics: readonly Topic[], subscriptions: readonly Subscription[]): void {
    this.database.transaction(() => {
      this.database.run('DELETE FROM topics WHERE from_template = 1');
      for (const topic of topics) this.#putTopic(topic, true);
      const kept = new Set(subscriptions.map(({ arn }) => arn));
      for (const { arn } of this.database.all('SELECT arn FROM subscriptions WHERE from_template = 1'))
        if (!kept.has(String(arn))) this.deleteSubscription(String(arn));
      for (const subscription of subscriptions) this.#declareSubscription(subscription);
    });
  }

  topic(arn: string): Topic | undefined {
    const row = this.database.get('SELECT * FROM topics WHERE arn = ?', arn);
    return row && { arn, attributes: JSON.parse(String(row['attributes'])) };
  }

  topics(): Topic[] {
    return this.database.all('SELECT * FROM topics ORDER BY arn').map((row) => ({
      arn: String(row['arn']),
      attributes: JSON.parse(String(row['attributes'])),
    }));
  }

  putTopic(topic: Topic): void {
    this.#putTopic(topic, false);
  }

  deleteTopic(arn: string): void {
    this.database.transaction(() => {
      this.database.run('DELETE FROM topics WHERE arn = ?', arn);
      this.database.run('DELETE FROM subscriptions WHERE topic_arn = ?', arn);
    });
  }

  subscription(arn: string): Subscription | undefined {
    const row = this.database.get('SELECT * FROM subscriptions WHERE arn = ?', arn);
    return row && asSubscription(row);
  }

  /** @param topicArn undefined: of all topics */
  subscriptions(topicArn?: string): Subscription[] {
    const rows =
      topicArn === undefined
        ? this.database.all('SELECT * FROM subscriptions ORDER BY rowid')
        : this.database.all('SELECT * FROM subscriptions WHERE topic_arn = ? ORDER BY rowid', topicArn);
    return rows.map(asSubscription);
  }

  subscriptionOf({ topicArn, protocol, endpoint }: Pick<Subscription, 'topicArn' | 'protocol' | 'endpoint'>): Subscription | undefined {
    const sql = 'SELECT * FROM subscriptions WHERE topic_arn = ? AND protocol = ? AND endpoint = ?';
    const row = this.database.get(sql, topicArn, protocol, endpoint);
    return row && asSubscription(row);
  }

  addSubscription(subscription: Subscription): void {
    this.#addSubscription(subscription, false);
  }

  changeSubscription(arn: string, { attributes, token }: Pick<Subscription, 'attributes' | 'token'>): void {
    const sql = 'UPDATE subscriptions SET attributes = ?, token = ? WHERE arn = ?';
    this.database.run(sql, JSON.stringify(attributes), token ?? null, arn);
  }

  deleteSubscription(arn: string): void {
    this.database.run('DELETE FROM subscriptions WHERE arn = ?', arn);
  }

  application(arn: string): Application | undefined {
    const row = this.database.get('SELECT * FROM applications WHERE arn = ?', arn);
    return row && { arn, attributes: JSON.parse(String(row['attributes'])) };
  }

  applications(): Application[] {
    return this.database.all('SELECT * FROM applications ORDER BY arn').map((row) => ({
      arn: String(row['arn']),
      attributes: JSON.parse(String(row['attributes'])),
    }));
  }

  putApplication({ arn, attributes }: Application): void {
    this.database.run('INSERT OR REPLACE INTO applications VALUES (?, ?)', arn, JSON.stringify(attributes));
  }

  deleteApplication(arn: string): void {
    this.database.transaction(() => {
      this.database.run('DELETE FROM applications WHERE arn = ?', arn);
      this.database.run('DELETE FROM endpoints WHERE application_arn = ?', arn);
    });
  }

  endpoint(arn: string): PlatformEndpoint | undefined {
    const row = this.database.get('SELECT * FROM endpoints WHERE arn = ?', arn);
    return row && asEndpoint(row);
  }

  endpointOf(applicationArn: string, token: string): PlatformEndpoint | undefined {
    const row = this.database.get('SELECT * FROM endpoints WHERE application_arn = ? AND token = ?', applicationArn, token);
    return row && asEndpoint(row);
  }

  endpoints(applicationArn: string): PlatformEndpoint[] {
    return this.database.all('SELECT * FROM endpoints WHERE application_arn = ? ORDER BY rowid', applicationArn).map(asEndpoint);
  }

  putEndpoint({ arn, applicationArn, token, enabled, userData }: PlatformEndpoint): void {
    const sql = `INSERT INTO endpoints VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (arn) DO UPDATE SET token = excluded.token, enabled = excluded.enabled, user_data = excluded.user_data`;
    this.database.run(sql, arn, applicationArn, token, Number(enabled), userData);
  }

  deleteEndpoint(arn: string): void {
    this.database.run('DELETE FROM endpoints WHERE arn = ?', arn);
  }

  dump(): Record<string, unknown> {
    return {
      topics: this.topics(),
      subscriptions: this.subscriptions(),
      // Credentials stay where they are.
      applications: this.applications().map(({ arn, attributes: { PlatformCredential: _, ...attributes } }) => ({ arn, attributes })),
      endpoints: this.database.all('SELECT * FROM endpoints ORDER BY rowid').map(asEndpoint),
    };
  }

  close(): void {
    this.database.close();
  }

  #putTopic({ arn, attributes }: Topic, fromTemplate: boolean): void {
    this.database.run('INSERT OR REPLACE INTO topics VALUES (?, ?, ?)', arn, JSON.stringify(attributes), Number(fromTemplate));
  }

  #declareSubscription(subscription: Subscription): void {
    const known = this.subscription(subscription.arn);
    // One that was confirmed stays so.
    const same = known?.endpoint === subscription.endpoint && known.protocol === subscription.protocol;
    this.deleteSubscription(subscription.arn);
    const { topicArn, protocol, endpoint } = subscription;
    this.database.run('DELETE FROM subscriptions WHERE topic_arn = ? AND protocol = ? AND endpoint = ?', topicArn, protocol, endpoint);
    this.#addSubscription(same ? { ...subscription, token: known.token } : subscription, true);
  }

  #addSubscription(subscription: Subscription, fromTemplate: boolean): void {
    this.database.run(
      'INSERT INTO subscriptions VALUES (?, ?, ?, ?, ?, ?, ?)',
      subscription.arn,
      subscription.topicArn,
      subscription.protocol,
      subscription.endpoint,
      JSON.stringify(subscription.attributes),
      subscription.token ?? null,
      Number(fromTemplate),
    );
  }
}

const asSubscription = (row: SqlRow): Subscription => ({
  arn: String(row['arn']),
  topicArn: String(row['topic_arn']),
  protocol: String(row['protocol']),
  endpoint: String(row['endpoint']),
  attributes: JSON.parse(String(row['attributes'])),
  token: row['token'] === null ? undefined : String(row['token']),
});

const asEndpoint = (row: SqlRow): PlatformEndpoint => ({
  arn: String(row['arn']),
  applicationArn: String(row['application_arn']),
  token: String(row['token']),
  enabled: row['enabled'] === 1,
  userData: String(row['user_data']),
});
