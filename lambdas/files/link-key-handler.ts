import { createPublicKey, generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { defineCustomResource, ResourceError, type ResourceOutcome, type ResourceProperties } from '../runtime/custom-resource.ts';
import { readPrivateKey, storePrivateKey } from './link-key-store.ts';

/** What CloudFront checks signatures with: "Create key pairs for your signers", CloudFront Developer Guide. */
const modulusLength = 2048;

const makePrivateKey = async (): Promise<string> => {
  const { privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return privateKey;
};

/** Makes the key of a secret if it has none. A request that comes again finds the key that it has made. */
const ensureKey = async ({ SecretId: secretId }: ResourceProperties): Promise<ResourceOutcome> => {
  if (typeof secretId !== 'string') throw new ResourceError('The property SecretId is missing: give the ARN of the secret');
  const known = await readPrivateKey(secretId);
  const privateKey = known ?? (await makePrivateKey());
  if (known === undefined) await storePrivateKey(secretId, privateKey);
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
  return { physicalId: secretId, attributes: { PublicKey: publicKey } };
};

/** The function behind `Custom::PlinthLinkKey`. The key goes with its secret, so there is nothing to remove. */
export const handler = defineCustomResource({ create: ensureKey, update: ensureKey, remove: async () => {} });
