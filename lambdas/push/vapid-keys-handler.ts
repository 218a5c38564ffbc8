import { defineCustomResource, ResourceError, type ResourceOutcome, type ResourceProperties } from '../runtime/custom-resource.ts';
import { makeVapidKeys } from './vapid-keys.ts';
import { readVapidKeys, storeFirstVapidKeys } from './vapid-keys-store.ts';

/** Browsers are subscribed with the public key, so a pair that is there is kept for ever. */
const ensureKeys = async ({ SecretArn: secretArn }: ResourceProperties): Promise<ResourceOutcome> => {
  if (typeof secretArn !== 'string') throw new ResourceError('The property SecretArn is missing: name the secret for the key pair');
  if ((await readVapidKeys(secretArn)) === undefined) await storeFirstVapidKeys(secretArn, makeVapidKeys());
  const keys = await readVapidKeys(secretArn);
  if (keys === undefined) {
    throw new ResourceError('The secret for the VAPID key pair holds something else: store { "publicKey", "privateKey" }, or a new secret');
  }
  return { physicalId: secretArn, attributes: { PublicKey: keys.publicKey } };
};

/**
 * The function behind the custom resource of the VAPID key pair: makes the pair at the first deploy, and keeps it in the secret
 * `SecretArn`. `Fn::GetAtt` gives its `PublicKey`. The pair ends with the secret, which the template owns.
 */
export const handler = defineCustomResource({
  create: ensureKeys,
  update: ensureKeys,
  remove: async () => undefined,
});
