import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  ResourceNotFoundException,
  UsernameExistsException,
} from '@aws-sdk/client-cognito-identity-provider';
import { outputs } from '../contracts/outputs.ts';
import type { LocalBackend } from '../local/local-backend.ts';
import type { LocalLog } from '../local/log.ts';

export interface DemoUser {
  readonly email: string;
  readonly password: string;
  readonly groups: readonly string[];
}

/** Accounts that a fresh local backend has, so that the first call needs no registration. They exist in local mode only. */
const demoUsers: readonly DemoUser[] = [
  { email: 'ada@example.com', password: 'local-demo-1', groups: [] },
  { email: 'admin@example.com', password: 'local-demo-1', groups: ['admins'] },
];

/**
 * Creates the demo users unless they exist, through the same Cognito operations that AWS has. One that the definition does not admit,
 * for example because its password is too simple, is left out with a warning.
 *
 * @returns the users that there are
 */
export const createDemoUsers = async (backend: LocalBackend, log: LocalLog): Promise<readonly DemoUser[]> => {
  const userPoolId = backend.outputs[outputs.userPoolId];
  if (userPoolId === undefined) return [];
  const client = new CognitoIdentityProviderClient({
    endpoint: backend.endpointUrl,
    region: backend.region,
    credentials: backend.credentials,
  });
  const present: DemoUser[] = [];
  try {
    for (const user of demoUsers) {
      const groups = await createUser(client, userPoolId, user).catch((error: unknown) => {
        log.warn('demo users', `${user.email} was not created: ${error instanceof Error ? error.message : String(error)}`);
        return undefined;
      });
      if (groups !== undefined) present.push({ ...user, groups });
    }
  } finally {
    client.destroy();
  }
  return present;
};

/** @returns the groups that the user is in; a group that the definition does not have is left out */
const createUser = async (client: CognitoIdentityProviderClient, userPoolId: string, user: DemoUser): Promise<readonly string[]> => {
  const named = { UserPoolId: userPoolId, Username: user.email };
  try {
    await client.send(
      new AdminCreateUserCommand({
        ...named,
        MessageAction: 'SUPPRESS',
        UserAttributes: [
          { Name: 'email', Value: user.email },
          { Name: 'email_verified', Value: 'true' },
        ],
      }),
    );
    await client.send(new AdminSetUserPasswordCommand({ ...named, Password: user.password, Permanent: true }));
  } catch (error) {
    if (!(error instanceof UsernameExistsException)) throw error;
  }
  const joined: string[] = [];
  for (const group of user.groups) if (await join(client, { ...named, GroupName: group })) joined.push(group);
  return joined;
};

const join = async (
  client: CognitoIdentityProviderClient,
  membership: { readonly UserPoolId: string; readonly Username: string; readonly GroupName: string },
): Promise<boolean> => {
  try {
    await client.send(new AdminAddUserToGroupCommand(membership));
    return true;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return false;
    throw error;
  }
};
