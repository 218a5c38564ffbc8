import type { Clock } from '../../clock.ts';
import type { LocalContext, ResolvedResource } from '../service.ts';
import { Attempts } from './attempts.ts';
import { Challenges } from './challenges.ts';
import { Codes } from './codes.ts';
import { Database } from './database.ts';
import { GroupsStore, type NewGroup } from './groups-store.ts';
import { Messages } from './messages.ts';
import { Passwords } from './passwords.ts';
import { Properties } from './properties.ts';
import { Sessions } from './sessions.ts';
import { SigningKeys } from './signing-keys.ts';
import { Tokens } from './tokens.ts';
import { Triggers } from './triggers.ts';
import { readUserPool, type UserPool } from './user-pool.ts';
import { readUserPoolClient, type UserPoolClient } from './user-pool-client.ts';
import { UsersStore } from './users-store.ts';

/** All parts of a running Cognito service; operations are functions over it. */
export interface Runtime {
  readonly context: LocalContext;
  readonly clock: Clock;
  readonly pools: ReadonlyMap<string, UserPool>;
  readonly clients: ReadonlyMap<string, UserPoolClient>;
  readonly database: Database;
  readonly users: UsersStore;
  readonly groups: GroupsStore;
  readonly attempts: Attempts;
  readonly passwords: Passwords;
  readonly codes: Codes;
  readonly challenges: Challenges;
  readonly sessions: Sessions;
  readonly keys: SigningKeys;
  readonly tokens: Tokens;
  readonly triggers: Triggers;
  readonly messages: Messages;
}

function byType(resources: readonly ResolvedResource[], type: string): ResolvedResource[] {
  return resources.filter((resource) => resource.type === type);
}

function declaredGroups(resources: readonly ResolvedResource[], poolId: string): NewGroup[] {
  const groups = byType(resources, 'AWS::Cognito::UserPoolGroup').filter((group) => group.properties['UserPoolId'] === poolId);
  return groups.map((group) => {
    const properties = new Properties(group.properties);
    return {
      name: group.ref,
      description: properties.optionalString('Description'),
      roleArn: properties.optionalString('RoleArn'),
      precedence: properties.optionalNumber('Precedence'),
    };
  });
}

/** Opens the data folder and puts the parts together. */
export function createRuntime(resources: readonly ResolvedResource[], context: LocalContext): Runtime {
  const { clock } = context;
  const pools = new Map(
    byType(resources, 'AWS::Cognito::UserPool').map((resource) => [resource.ref, readUserPool(resource, context.account.region)]),
  );
  const clients = new Map(
    byType(resources, 'AWS::Cognito::UserPoolClient').map((resource) => [resource.ref, readUserPoolClient(resource)]),
  );
  const database = new Database(context.folder);
  const attempts = new Attempts(database, clock);
  const users = new UsersStore(database, clock);
  const groups = new GroupsStore(database, clock);
  const sessions = new Sessions(database, clock);
  const keys = new SigningKeys(database);
  const triggers = new Triggers(context);
  for (const poolId of pools.keys()) {
    groups.synchronize(poolId, declaredGroups(resources, poolId));
  }
  return {
    ...{ context, clock, pools, clients, database, users, groups, attempts, sessions, keys, triggers },
    passwords: new Passwords(attempts),
    codes: new Codes(database, clock, attempts),
    challenges: new Challenges(database, clock),
    tokens: new Tokens({ pools, clock, keys, users, groups, sessions, triggers }),
    messages: new Messages(context, triggers),
  };
}
