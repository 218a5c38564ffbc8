import type { Clock } from '../../clock.ts';
import type { Database, Row } from './database.ts';
import { failures } from './failures.ts';
import type { UserPool } from './user-pool.ts';

export type UserStatus = 'UNCONFIRMED' | 'CONFIRMED' | 'RESET_REQUIRED' | 'FORCE_CHANGE_PASSWORD';

/** What is kept of a password: never the password. */
export interface StoredPassword {
  readonly hash: string;
  readonly srpSalt: string | undefined;
  readonly srpVerifier: string | undefined;
}

export interface User {
  readonly poolId: string;
  readonly username: string;
  readonly sub: string;
  readonly status: UserStatus;
  readonly enabled: boolean;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly modifiedAt: number;
  readonly password: StoredPassword | undefined;
  readonly temporaryUntil: number | undefined;
  readonly totpSecret: string | undefined;
  readonly totpPending: string | undefined;
  readonly totpLastStep: number;
  readonly mfaEnabled: boolean;
  readonly mfaPreferred: boolean;
  /** By name, `sub` included. */
  readonly attributes: Readonly<Record<string, string>>;
}

interface NewUser {
  readonly sub: string;
  /** The same as `sub` in pools with `UsernameAttributes`. */
  readonly username: string;
  readonly status: UserStatus;
  readonly password: StoredPassword | undefined;
  readonly temporaryUntil?: number;
  readonly attributes: Readonly<Record<string, string>>;
}

interface UserColumns {
  status: UserStatus;
  enabled: boolean;
  temporary_until: number | null;
  totp_pending: string | null;
  totp_secret: string | null;
  totp_last_step: number;
  mfa_enabled: boolean;
  mfa_preferred: boolean;
}

/** How names are compared: trimmed, and in lower case unless the pool is case-sensitive. No look-alikes are folded. */
export function nameKey(pool: UserPool, name: string): string {
  return pool.caseSensitive ? name.trim() : name.trim().toLowerCase();
}

function toUser(row: Row, attributes: Record<string, string>): User {
  const hash = row['password_hash'];
  return {
    poolId: String(row['pool_id']),
    username: String(row['username']),
    sub: String(row['sub']),
    status: row['status'] as UserStatus,
    enabled: row['enabled'] === 1,
    createdAt: Number(row['created_at']),
    modifiedAt: Number(row['modified_at']),
    password:
      typeof hash === 'string'
        ? { hash, srpSalt: optionalText(row['srp_salt']), srpVerifier: optionalText(row['srp_verifier']) }
        : undefined,
    temporaryUntil: typeof row['temporary_until'] === 'number' ? row['temporary_until'] : undefined,
    totpSecret: optionalText(row['totp_secret']),
    totpPending: optionalText(row['totp_pending']),
    totpLastStep: Number(row['totp_last_step'] ?? 0),
    mfaEnabled: row['mfa_enabled'] === 1,
    mfaPreferred: row['mfa_preferred'] === 1,
    attributes,
  };
}

function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Users, their attributes, and the names by which they sign in. */
export class UsersStore {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** The user with this user name or sign-in alias. */
  find(pool: UserPool, name: string): User | undefined {
    const row = this.#database.get(
      'SELECT users.* FROM sign_in_names AS n JOIN users ON users.pool_id = n.pool_id AND users.username = n.username WHERE n.pool_id = ? AND n.name_key = ?',
      pool.id,
      nameKey(pool, name),
    );
    return row && toUser(row, this.#attributes(pool.id, String(row['username'])));
  }

  byUsername(poolId: string, username: string): User | undefined {
    const row = this.#database.get('SELECT * FROM users WHERE pool_id = ? AND username = ?', poolId, username);
    return row && toUser(row, this.#attributes(poolId, username));
  }

  /** @throws AwsError `UsernameExistsException` when one of its sign-in names is taken. */
  create(pool: UserPool, user: NewUser): User {
    const { sub, username } = user;
    const now = this.#clock.now();
    return this.#database.transaction(() => {
      this.#claimName(pool, username, username, () => failures.usernameExists());
      this.#database.run(
        'INSERT INTO users (pool_id, username, sub, status, enabled, created_at, modified_at, password_hash, srp_salt, srp_verifier, temporary_until) VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?)',
        ...[pool.id, username, sub, user.status, now, now],
        ...[user.password?.hash ?? null, user.password?.srpSalt ?? null, user.password?.srpVerifier ?? null, user.temporaryUntil ?? null],
      );
      this.#writeAttributes(pool, username, { ...user.attributes, sub });
      this.#claimAliases(pool, username, (attribute) => failures.usernameExists(`An account with the given ${attribute} already exists.`));
      return this.#expect(pool.id, username);
    });
  }

  /**
   * Sets attributes (an empty value removes one) and moves the sign-in names along.
   * @throws AwsError `AliasExistsException` when another user signs in by the new value.
   */
  setAttributes(pool: UserPool, username: string, attributes: Readonly<Record<string, string>>): User {
    return this.#database.transaction(() => {
      this.#writeAttributes(pool, username, attributes);
      this.#database.run(
        'DELETE FROM sign_in_names WHERE pool_id = ? AND username = ? AND name_key <> ?',
        pool.id,
        username,
        nameKey(pool, username),
      );
      this.#claimAliases(pool, username, failures.aliasExists);
      this.#touch(pool.id, username);
      return this.#expect(pool.id, username);
    });
  }

  /** Takes an alias from whoever holds it unverified, for `ForceAliasCreation`. */
  releaseAlias(pool: UserPool, attribute: string, value: string): void {
    const holder = this.find(pool, value);
    if (holder !== undefined) {
      this.setAttributes(pool, holder.username, { [`${attribute}_verified`]: 'false' });
    }
  }

  setPassword(user: User, password: StoredPassword, status: UserStatus, temporaryUntil?: number): void {
    this.#database.run(
      'UPDATE users SET password_hash = ?, srp_salt = ?, srp_verifier = ?, temporary_until = ?, status = ?, modified_at = ? WHERE pool_id = ? AND username = ?',
      ...[password.hash, password.srpSalt ?? null, password.srpVerifier ?? null, temporaryUntil ?? null, status, this.#clock.now()],
      ...[user.poolId, user.username],
    );
  }

  update(user: Pick<User, 'poolId' | 'username'>, columns: Partial<UserColumns>): User {
    this.#database.transaction(() => {
      for (const [column, value] of Object.entries(columns)) {
        const stored = typeof value === 'boolean' ? Number(value) : value;
        this.#database.run(`UPDATE users SET ${column} = ? WHERE pool_id = ? AND username = ?`, stored, user.poolId, user.username);
      }
      this.#touch(user.poolId, user.username);
    });
    return this.#expect(user.poolId, user.username);
  }

  /**
   * Takes a TOTP step once: of any number of requests with the same code one gets `true`, also after a restart.
   */
  claimTotpStep(user: User, step: number): boolean {
    const sql = 'UPDATE users SET totp_last_step = ? WHERE pool_id = ? AND username = ? AND coalesce(totp_last_step, 0) < ?';
    return this.#database.run(sql, step, user.poolId, user.username, step) === 1;
  }

  /** Removes the user with all that belongs to it: names, memberships, codes, challenges and sessions. */
  delete(user: User): void {
    this.#database.transaction(() => {
      for (const table of ['attributes', 'sign_in_names', 'memberships', 'codes', 'challenges', 'sessions', 'users']) {
        this.#database.run(`DELETE FROM ${table} WHERE pool_id = ? AND username = ?`, user.poolId, user.username);
      }
      this.#database.run('DELETE FROM attempts WHERE pool_id = ? AND subject = ?', user.poolId, user.username);
    });
  }

  #claimAliases(pool: UserPool, username: string, taken: (attribute: string) => Error): void {
    const attributes = this.#attributes(pool.id, username);
    for (const attribute of ['email', 'phone_number', 'preferred_username']) {
      const value = attributes[attribute];
      // An alias of `AliasAttributes` signs in only once it is verified; one of `UsernameAttributes` is unique from the start.
      const verified = attribute === 'preferred_username' || attributes[`${attribute}_verified`] === 'true';
      const usable = pool.usernameAttributes.includes(attribute) || (pool.aliasAttributes.includes(attribute) && verified);
      if (value && usable) {
        this.#claimName(pool, value, username, () => taken(attribute));
      }
    }
  }

  #claimName(pool: UserPool, name: string, username: string, taken: () => Error): void {
    const sql = 'INSERT INTO sign_in_names (pool_id, name_key, username) VALUES (?, ?, ?) ON CONFLICT DO NOTHING';
    if (this.#database.run(sql, pool.id, nameKey(pool, name), username) === 1) {
      return;
    }
    const holder = this.#database.get(
      'SELECT username FROM sign_in_names WHERE pool_id = ? AND name_key = ?',
      pool.id,
      nameKey(pool, name),
    );
    if (holder?.['username'] !== username) {
      throw taken();
    }
  }

  #writeAttributes(pool: UserPool, username: string, attributes: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === '') {
        this.#database.run('DELETE FROM attributes WHERE pool_id = ? AND username = ? AND name = ?', pool.id, username, name);
      } else {
        this.#database.run(
          'INSERT INTO attributes (pool_id, username, name, value, value_key) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value, value_key = excluded.value_key',
          ...[pool.id, username, name, value.trim(), nameKey(pool, value)],
        );
      }
    }
  }

  #attributes(poolId: string, username: string): Record<string, string> {
    const rows = this.#database.all('SELECT name, value FROM attributes WHERE pool_id = ? AND username = ?', poolId, username);
    return Object.fromEntries(rows.map((row) => [String(row['name']), String(row['value'])]));
  }

  #touch(poolId: string, username: string): void {
    this.#database.run('UPDATE users SET modified_at = ? WHERE pool_id = ? AND username = ?', this.#clock.now(), poolId, username);
  }

  #expect(poolId: string, username: string): User {
    const user = this.byUsername(poolId, username);
    if (user === undefined) {
      throw failures.userNotFound();
    }
    return user;
  }
}
