import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

const secrets = new SecretsManagerClient({ maxAttempts: 3 });

/** The private key of a secret, PEM. Undefined for a secret that has no value yet. */
export const readPrivateKey = async (secretId: string): Promise<string | undefined> => {
  try {
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: secretId }));
    return SecretString;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
};

/** Keeps the private key. */
export const storePrivateKey = async (secretId: string, privateKey: string): Promise<void> => {
  await secrets.send(new PutSecretValueCommand({ SecretId: secretId, SecretString: privateKey }));
};
