import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

type Claims = Readonly<Record<string, unknown>>;

const encode = (part: unknown): string => Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

/** The parts of a token, decoded. */
export const decodeToken = (token: string): { readonly header: Claims; readonly claims: Claims } => {
  const [header, claims] = token.split('.', 2).map((part) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Claims);
  return { header: header ?? {}, claims: claims ?? {} };
};

/** A token with this header and these claims, unsigned: `signature` is put behind it as it is. A text is taken as JSON. */
export const assembleToken = (header: unknown, claims: unknown, signature = ''): string =>
  `${encode(header)}.${encode(claims)}.${signature}`;

/** A token that is signed with RS256 by this key, whatever its header says. */
export const signToken = (header: unknown, claims: unknown, key: KeyObject | string): string => {
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key).toString('base64url')}`;
};

/** A token signed with HS256, with this text as the secret. */
export const signWithSecret = (header: unknown, claims: unknown, secret: string): string => {
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
};

/** A key pair of the attacker's own. */
export const attackerKey = (): KeyObject => generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey;

/** The public half in PEM, as an attacker gets it from the published key set. */
export const publicPem = (privateKey: string): string => createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();

/** The pool's own private key for access tokens, which only the pool has: for tokens that are wrong in their claims alone. */
export const poolKey = (stateFolder: string, userPoolId: string): { readonly kid: string; readonly privateKey: string } => {
  const file = readdirSync(stateFolder, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('cognito.sqlite'));
  if (file === undefined) throw new Error(`no user pool keeps its state in ${stateFolder}`);
  const database = new DatabaseSync(join(stateFolder, file), { readOnly: true });
  try {
    const row = database.prepare("SELECT kid, private_key FROM signing_keys WHERE pool_id = ? AND token_use = 'access'").get(userPoolId);
    return { kid: String(row?.['kid']), privateKey: String(row?.['private_key']) };
  } finally {
    database.close();
  }
};
