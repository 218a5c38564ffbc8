import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  UsernameExistsException,
} from '@aws-sdk/client-cognito-identity-provider';
import { outputs } from '../contracts/outputs.ts';
import type { LocalBackend } from '../local/local-backend.ts';

/** Accounts that a fresh local backend has, so that the first call needs no registration. They exist in local mode only. */
export const demoUsers = [
  { email: 'ada@example.com', password: 'local-demo-1', groups: [] },
  { email: 'admin@example.com', password: 'local-demo-1', groups: ['admins'] },
] as const satisfies readonly { email: string; password: string; groups: readonly string[] }[];

/** Creates the demo users unless they exist, through the same Cognito operations that AWS has. */
export const createDemoUsers = async (backend: LocalBackend): Promise<void> => {
  const userPoolId = backend.outputs[outputs.userPoolId];
  if (userPoolId === undefined) return;
  const client = new CognitoIdentityProviderClient({
    endpoint: backend.endpointUrl,
    region: 'us-east-1',
    credentials: backend.credentials,
  });
  try {
    for (const user of demoUsers) await createUser(client, userPoolId, user);
  } finally {
    client.destroy();
  }
};

const createUser = async (client: CognitoIdentityProviderClient, userPoolId: string, user: (typeof demoUsers)[number]): Promise<void> => {
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
  } catch (error) {
    if (error instanceof UsernameExistsException) return;
    throw error;
  }
  await client.send(new AdminSetUserPasswordCommand({ ...named, Password: user.password, Permanent: true }));
  for (const group of user.groups) await client.send(new AdminAddUserToGroupCommand({ ...named, GroupName: group }));
};
