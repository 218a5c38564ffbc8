import { createHash } from 'node:crypto';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { parseVapidKeys, type VapidKeys } from './vapid-keys.ts';

const client = new SecretsManagerClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
});

/** The key pair in a secret; undefined for a secret that holds none. */
export const readVapidKeys = async (secretArn: string): Promise<VapidKeys | undefined> => {
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
    return parseVapidKeys(SecretString);
  } catch (error) {
    // Also the answer for a secret without any value.
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
};

/** Stores the first key pair of a secret. Of several that try, one wins. */
export const storeFirstVapidKeys = async (secretArn: string, keys: VapidKeys): Promise<void> => {
  // One token for all that try, so that a second value is refused.
  const token = createHash('sha256').update(secretArn).digest('hex');
  try {
    await client.send(new PutSecretValueCommand({ SecretId: secretArn, SecretString: JSON.stringify(keys), ClientRequestToken: token }));
  } catch (error) {
    if (!(error instanceof ResourceExistsException)) throw error;
  }
};
