import type { Clock } from '../../clock.ts';
import { AwsError } from '../service.ts';
import type { Database, Row } from './database.ts';
import { failures } from './failures.ts';

export interface Group {
  readonly name: string;
  readonly poolId: string;
  readonly description: string | undefined;
  readonly roleArn: string | undefined;
  /** The lowest number wins `cognito:preferred_role`. */
  readonly precedence: number | undefined;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

export type NewGroup = Pick<Group, 'name' | 'description' | 'roleArn' | 'precedence'>;

/** Names in order, one page at a time. */
export interface PageRequest {
  readonly after: string;
  readonly limit: number;
}

function toGroup(row: Row): Group {
  return {
    name: String(row['name']),
    poolId: String(row['pool_id']),
    description: typeof row['description'] === 'string' ? row['description'] : undefined,
    roleArn: typeof row['role_arn'] === 'string' ? row['role_arn'] : undefined,
    precedence: typeof row['precedence'] === 'number' ? row['precedence'] : undefined,
    createdAt: Number(row['created_at']),
    modifiedAt: Number(row['modified_at']),
  };
}

/** Groups and who is in them. */
export class GroupsStore {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Brings the groups of the template in, and drops those that have left it, as a deployment would. */
  synchronize(poolId: string, declared: readonly NewGroup[]): void {
    this.#database.transaction(() => {
      const names = new Set(declared.map((group) => group.name));
      for (const row of this.#database.all('SELECT name FROM user_groups WHERE pool_id = ? AND from_template = 1', poolId)) {
        if (!names.has(String(row['name']))) {
          this.delete(poolId, String(row['name']));
        }
      }
      for (const group of declared) {
        this.#insert(poolId, group, true);
      }
    });
  }

  /** @throws AwsError `GroupExistsException` */
  create(poolId: string, group: NewGroup): Group {
    if (this.find(poolId, group.name) !== undefined) {
      throw new AwsError('GroupExistsException', 'A group with the name already exists.');
    }
    this.#insert(poolId, group, false);
    return this.get(poolId, group.name);
  }

  find(poolId: string, name: string): Group | undefined {
    const row = this.#database.get('SELECT * FROM user_groups WHERE pool_id = ? AND name = ?', poolId, name);
    return row && toGroup(row);
  }

  /** @throws AwsError `ResourceNotFoundException` */
  get(poolId: string, name: string): Group {
    const group = this.find(poolId, name);
    if (group === undefined) {
      throw failures.resourceNotFound('Group not found.');
    }
    return group;
  }

  delete(poolId: string, name: string): void {
    this.#database.transaction(() => {
      this.#database.run('DELETE FROM memberships WHERE pool_id = ? AND group_name = ?', poolId, name);
      this.#database.run('DELETE FROM user_groups WHERE pool_id = ? AND name = ?', poolId, name);
    });
  }

  list(poolId: string, page: PageRequest): Group[] {
    const sql = 'SELECT * FROM user_groups WHERE pool_id = ? AND name > ? ORDER BY name LIMIT ?';
    return this.#database.all(sql, poolId, page.after, page.limit).map(toGroup);
  }

  addMember(poolId: string, name: string, username: string): void {
    const sql = 'INSERT INTO memberships (pool_id, group_name, username) VALUES (?, ?, ?) ON CONFLICT DO NOTHING';
    this.#database.run(sql, poolId, name, username);
  }

  removeMember(poolId: string, name: string, username: string): void {
    this.#database.run('DELETE FROM memberships WHERE pool_id = ? AND group_name = ? AND username = ?', poolId, name, username);
  }

  members(poolId: string, name: string, page: PageRequest): string[] {
    const sql = 'SELECT username FROM memberships WHERE pool_id = ? AND group_name = ? AND username > ? ORDER BY username LIMIT ?';
    return this.#database.all(sql, poolId, name, page.after, page.limit).map((row) => String(row['username']));
  }

  /** The groups of a user: the lowest precedence first, those without one last. */
  ofUser(poolId: string, username: string): Group[] {
    const sql =
      'SELECT g.* FROM memberships AS m JOIN user_groups AS g ON g.pool_id = m.pool_id AND g.name = m.group_name WHERE m.pool_id = ? AND m.username = ? ORDER BY g.precedence IS NULL, g.precedence, g.name';
    return this.#database.all(sql, poolId, username).map(toGroup);
  }

  #insert(poolId: string, group: NewGroup, fromTemplate: boolean): void {
    const now = this.#clock.now();
    this.#database.run(
      'INSERT INTO user_groups (pool_id, name, description, role_arn, precedence, created_at, modified_at, from_template) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET description = excluded.description, role_arn = excluded.role_arn, precedence = excluded.precedence, from_template = excluded.from_template',
      ...[poolId, group.name, group.description ?? null, group.roleArn ?? null, group.precedence ?? null],
      ...[now, now, Number(fromTemplate)],
    );
  }
}
