import { createECDH } from 'node:crypto';

/** A key pair on P-256 by which push services know the sender (RFC 8292), base64url: the point, uncompressed, and the number. */
export interface VapidKeys {
  readonly publicKey: string;
  readonly privateKey: string;
}

const pointBytes = 65;
const numberBytes = 32;
const curve = 'prime256v1';

export const makeVapidKeys = (): VapidKeys => {
  const pair = createECDH(curve);
  const publicKey = pair.generateKeys('base64url');
  // A number with zeros in front comes shorter.
  const padded = Buffer.alloc(numberBytes);
  const number = pair.getPrivateKey();
  number.copy(padded, numberBytes - number.length);
  return { publicKey, privateKey: padded.toString('base64url') };
};

const isKey = (value: unknown, bytes: number): value is string =>
  typeof value === 'string' && Buffer.from(value, 'base64url').length === bytes;

/** The key pair in the text of a secret; undefined for anything else. */
export const parseVapidKeys = (text: string | undefined): VapidKeys | undefined => {
  try {
    const { publicKey, privateKey } = JSON.parse(text ?? '') as Readonly<Record<string, unknown>>;
    return isKey(publicKey, pointBytes) && isKey(privateKey, numberBytes) ? { publicKey, privateKey } : undefined;
  } catch {
    return undefined;
  }
};
