import { AdminGetUserCommand, CognitoIdentityProviderClient, UserNotFoundException } from '@aws-sdk/client-cognito-identity-provider';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';

const userPoolId = requiredVariable(variables.userPoolId);
const client = new CognitoIdentityProviderClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
});

/** The address that a user has confirmed. An address that anybody could have typed in is none. */
export const addressOfUser = async (userId: string): Promise<string | undefined> => {
  try {
    const user = await client.send(new AdminGetUserCommand({ UserPoolId: userPoolId, Username: userId }));
    const attributes = new Map(user.UserAttributes?.map(({ Name, Value }) => [Name, Value]));
    if (user.Enabled === false || attributes.get('email_verified') !== 'true') return undefined;
    return attributes.get('email');
  } catch (error) {
    if (error instanceof UserNotFoundException) return undefined;
    throw error;
  }
};
