import { createHmac } from 'node:crypto';
import { DescribeUserPoolClientCommand } from '@aws-sdk/client-cognito-identity-provider';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { cognito, userPoolId } from './cognito-client.ts';
import { calling } from './service-failure.ts';

export const clientId = requiredVariable(variables.userPoolClientId);

const readSecret = async (): Promise<string | undefined> => {
  const command = new DescribeUserPoolClientCommand({ UserPoolId: userPoolId, ClientId: clientId });
  const { UserPoolClient: client } = await calling(cognito.send(command));
  return client?.ClientSecret;
};

let secret: Promise<string | undefined> | undefined;

/**
 * The secret of the app client; undefined for a client without one. It lets nobody but this function register, log in and ask
 * for codes, so that nobody gets past its limits and its answers. CloudFormation does not give it, so Cognito is asked, once.
 */
const clientSecret = (): Promise<string | undefined> => {
  secret ??= readSecret().catch((error: unknown) => {
    secret = undefined;
    throw error;
  });
  return secret;
};

// While Lambda still gives the full CPU of INIT. A failure here shows at the first request that needs the secret.
clientSecret().catch(() => undefined);

/** Proves to Cognito that the operation on this user comes from the app client. Undefined for a client without a secret. */
const secretHashFor = async (username: string): Promise<string | undefined> => {
  const key = await clientSecret();
  return key === undefined
    ? undefined
    : createHmac('sha256', key)
        .update(username + clientId)
        .digest('base64');
};

/** The members that all operations in a user's name have. */
export const inNameOf = async (email: string) => ({ ClientId: clientId, Username: email, SecretHash: await secretHashFor(email) });

/** The members that operations on a token have. */
export const inNameOfClient = async () => ({ ClientId: clientId, ClientSecret: await clientSecret() });

/** The user and the proof among the parameters of a login. */
export const withSecretHash = async (username: string): Promise<Record<string, string>> => {
  const hash = await secretHashFor(username);
  return { USERNAME: username, ...(hash !== undefined && { SECRET_HASH: hash }) };
};
