import { authorizedPool, type Call, type Operation } from '../call.ts';
import type { Row } from '../database.ts';
import { failures } from '../failures.ts';
import type { PageRequest } from '../groups-store.ts';
import type { UserPool } from '../user-pool.ts';
import { nameKey, type User } from '../users-store.ts';
import { userType } from './admin-users.ts';
import { nextToken, pageOf } from './pages.ts';

/** One condition of AWS's filter grammar: `name = "value"` or `name ^= "value"`. */
interface UserFilter {
  readonly attribute: string;
  readonly operator: '=' | '^=';
  readonly value: string;
}

/** What AWS can filter by: these and nothing else, no custom attribute. */
const SEARCHABLE = new Set([
  ...['username', 'email', 'phone_number', 'name', 'given_name', 'family_name', 'preferred_username'],
  ...['cognito:user_status', 'status', 'sub'],
]);

/** Reads a filter. Quotes and backslashes inside of the value are escaped by a backslash. */
export function parseUserFilter(text: string): UserFilter {
  const match = /^\s*([a-z_:]+)\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*$/u.exec(text);
  const [, attribute = '', operator = '=', quoted = ''] = match ?? [];
  if (match === null) {
    throw failures.invalidParameter('Error while parsing filter.');
  }
  if (!SEARCHABLE.has(attribute)) {
    throw failures.invalidParameter(`Invalid search attribute: ${attribute}`);
  }
  return { attribute, operator: operator as UserFilter['operator'], value: quoted.replaceAll(/\\(.)/gu, '$1') };
}

interface Found {
  readonly username: string;
  /** Where the next page goes on. */
  readonly key: string;
}

/** The first string after all that start with the prefix. */
function endOfPrefix(prefix: string): string {
  return `${prefix}\u{10ffff}`;
}

/** Walks the index of one attribute in its order: O(page) at any size of the pool. */
function findByAttribute(call: Call, pool: UserPool, filter: UserFilter, page: PageRequest): Found[] {
  const low = nameKey(pool, filter.value);
  const high = filter.operator === '^=' ? endOfPrefix(low) : low;
  const [afterValue = '', afterName = ''] = page.after.split('\n');
  const rows = call.runtime.database.all(
    'SELECT value_key, username FROM attributes WHERE pool_id = ? AND name = ? AND value_key BETWEEN ? AND ? AND (value_key, username) > (?, ?) ORDER BY value_key, username LIMIT ?',
    ...[pool.id, filter.attribute, low, high, afterValue, afterName, page.limit],
  );
  return rows.map((row) => ({ username: String(row['username']), key: `${row['value_key']}\n${row['username']}` }));
}

/** Walks the users themselves, all or by a condition on a column. */
function findByColumn(call: Call, pool: UserPool, filter: UserFilter | undefined, page: PageRequest): Found[] {
  const [condition, values] = columnCondition(filter);
  const rows: Row[] = call.runtime.database.all(
    `SELECT username FROM users WHERE pool_id = ? AND username > ?${condition} ORDER BY username LIMIT ?`,
    ...[pool.id, page.after, ...values, page.limit],
  );
  return rows.map((row) => ({ username: String(row['username']), key: String(row['username']) }));
}

function columnCondition(filter: UserFilter | undefined): [string, (string | number)[]] {
  if (filter === undefined) {
    return ['', []];
  }
  if (filter.attribute === 'status') {
    return [' AND enabled = ?', [filter.value.toLowerCase() === 'enabled' ? 1 : 0]];
  }
  const column = filter.attribute === 'username' ? 'username' : 'status';
  const high = filter.operator === '^=' ? endOfPrefix(filter.value) : filter.value;
  return [` AND ${column} BETWEEN ? AND ?`, [filter.value, high]];
}

function picked(user: User, names: readonly string[] | undefined): User {
  if (names === undefined) {
    return user;
  }
  return { ...user, attributes: Object.fromEntries(Object.entries(user.attributes).filter(([name]) => names.includes(name))) };
}

export const listUsers: Operation = (call) => {
  const { runtime, input } = call;
  const pool = authorizedPool(call);
  const page = pageOf(call, { size: 'Limit', token: 'PaginationToken' });
  const text = input.optionalString('Filter', 256);
  const filter = text === undefined || text === '' ? undefined : parseUserFilter(text);
  const isColumn = filter === undefined || ['username', 'status', 'cognito:user_status'].includes(filter.attribute);
  const found = isColumn ? findByColumn(call, pool, filter, page) : findByAttribute(call, pool, filter, page);
  const attributes = input.has('AttributesToGet') ? input.strings('AttributesToGet') : undefined;
  const users = found.flatMap(({ username }) => runtime.users.byUsername(pool.id, username) ?? []);
  return { Users: users.map((user) => userType(picked(user, attributes))), PaginationToken: nextToken(page, found, ({ key }) => key) };
};
