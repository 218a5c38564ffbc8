import type { Runtime } from './runtime.ts';
import type { UserPool } from './user-pool.ts';

interface DumpedUser {
  readonly username: string;
  readonly status: string;
  readonly enabled: boolean;
  readonly mfa: boolean;
  readonly groups: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
  readonly activeSessions: number;
}

function dumpUsers(runtime: Runtime, pool: UserPool): DumpedUser[] {
  const rows = runtime.database.all('SELECT username FROM users WHERE pool_id = ? ORDER BY username', pool.id);
  const users = rows.flatMap((row) => runtime.users.byUsername(pool.id, String(row['username'])) ?? []);
  return users.map((user) => ({
    username: user.username,
    status: user.status,
    enabled: user.enabled,
    mfa: user.mfaEnabled,
    groups: runtime.groups.ofUser(pool.id, user.username).map((group) => group.name),
    attributes: user.attributes,
    activeSessions: runtime.sessions.countActive(pool.id, user.username),
  }));
}

/** The pools with their users and groups: no hash, no secret, no token. */
export function dumpPools(runtime: Runtime): unknown {
  const pools = [...runtime.pools.values()].map((pool) => {
    const groups = runtime.groups
      .list(pool.id, { after: '', limit: 10_000 })
      .map(({ name, description, precedence }) => ({ name, description, precedence }));
    return [pool.id, { name: pool.name, groups, users: dumpUsers(runtime, pool) }];
  });
  return Object.fromEntries(pools);
}
