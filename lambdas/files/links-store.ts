import { getSignedUrl } from '@aws-sdk/cloudfront-signer';
import { ApiError } from '../../contracts/errors.ts';
import { dispositionParameter } from '../../contracts/files-table.ts';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { storeError } from '../runtime/store-errors.ts';
import { readPrivateKey } from './link-key-store.ts';

const cdnUrl = requiredVariable(variables.cdnUrl);
const keyPairId = requiredVariable(variables.linkKeyId);
const secretId = requiredVariable(variables.linkKeySecret);

let loading: Promise<string> | undefined;

const loadKey = async (): Promise<string> => {
  const key = await readPrivateKey(secretId).catch((error: unknown) => {
    throw storeError(error);
  });
  if (key === undefined) {
    throw new ApiError('unavailable', 'Links cannot be signed yet: the deployment is not finished. Try again later.', {
      retryAfterSeconds: 30,
    });
  }
  return key;
};

/** Read once, when the first link is signed; a failure is not remembered. */
const privateKeyOnce = async (): Promise<string> => {
  loading ??= loadKey();
  try {
    return await loading;
  } catch (error) {
    loading = undefined;
    throw error;
  }
};

/** Where the CDN serves a key. */
export const cdnUrlOf = (key: string): string => `${cdnUrl}/${key.split('/').map(encodeURIComponent).join('/')}`;

/** A link that the CDN takes until it expires. */
export interface LinkOptions {
  readonly key: string;
  /** How a browser saves the bytes. @default as the object says */
  readonly disposition?: string | undefined;
  readonly expiresAt: Date;
}

/**
 * Signs a link with a canned policy: the URL, its query included, until the time.
 *
 * @throws ApiError `unavailable`, `timeout`
 */
export const signLink = async ({ key, disposition, expiresAt }: LinkOptions): Promise<string> => {
  const query = disposition === undefined ? '' : `?${dispositionParameter}=${encodeURIComponent(disposition)}`;
  const privateKey = await privateKeyOnce();
  return getSignedUrl({ url: `${cdnUrlOf(key)}${query}`, keyPairId, privateKey, dateLessThan: expiresAt.toISOString() });
};
