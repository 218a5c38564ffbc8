import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type JsonWebKey,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import { promisify } from 'node:util';
import type { Database, Row } from './database.ts';

type TokenUse = 'access' | 'id';

interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const makeKeyPair = promisify(generateKeyPair);

function toSigningKey(row: Row): SigningKey {
  const privateKey = createPrivateKey(String(row['private_key']));
  return { kid: String(row['kid']), privateKey, publicKey: createPublicKey(privateKey) };
}

function keyId(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');
}

/**
 * The RS256 keys of each pool: as on AWS one signs access tokens and another ID tokens. They are made at first use
 * (about 80 ms) and stay with the data, so that tokens outlive a restart of local mode.
 */
export class SigningKeys {
  readonly #database: Database;
  readonly #keys = new Map<string, Promise<SigningKey>>();

  constructor(database: Database) {
    this.#database = database;
  }

  async sign(poolId: string, use: TokenUse, claims: Readonly<Record<string, unknown>>): Promise<string> {
    const key = await this.#key(poolId, use);
    const encode = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString('base64url');
    const signed = `${encode({ kid: key.kid, alg: 'RS256' })}.${encode(claims)}`;
    const signature = await new Promise<Buffer>((resolve, reject) => {
      sign('RSA-SHA256', Buffer.from(signed), key.privateKey, (error, result) => (error ? reject(error) : resolve(result)));
    });
    return `${signed}.${signature.toString('base64url')}`;
  }

  /** Whether a compact JWT carries a signature of this pool's key for this use, whatever its header claims. */
  async verifies(poolId: string, use: TokenUse, token: string): Promise<boolean> {
    const key = await this.#key(poolId, use);
    const end = token.lastIndexOf('.');
    return verify('RSA-SHA256', Buffer.from(token.slice(0, end)), key.publicKey, Buffer.from(token.slice(end + 1), 'base64url'));
  }

  /** The public keys, in the form of AWS's `jwks.json`. */
  async publicKeys(poolId: string): Promise<JsonWebKey[]> {
    const keys = await Promise.all([this.#key(poolId, 'id'), this.#key(poolId, 'access')]);
    return keys.map((key) => ({ alg: 'RS256', kid: key.kid, use: 'sig', ...key.publicKey.export({ format: 'jwk' }) }));
  }

  /** A secret of the pool from which answers about users that do not exist are made, the same at every call. */
  simulationSecret(poolId: string): string {
    const sql = "INSERT INTO signing_keys (pool_id, token_use, kid, private_key) VALUES (?, 'simulation', '', ?) ON CONFLICT DO NOTHING";
    this.#database.run(sql, poolId, randomBytes(32).toString('hex'));
    return String(this.#find(poolId, 'simulation')?.['private_key']);
  }

  #key(poolId: string, use: TokenUse): Promise<SigningKey> {
    const name = `${poolId}/${use}`;
    let key = this.#keys.get(name);
    if (key === undefined) {
      key = this.#load(poolId, use);
      this.#keys.set(name, key);
    }
    return key;
  }

  async #load(poolId: string, use: TokenUse): Promise<SigningKey> {
    const stored = this.#find(poolId, use);
    if (stored !== undefined) {
      return toSigningKey(stored);
    }
    const pair = await makeKeyPair('rsa', { modulusLength: 2_048 });
    const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const sql = 'INSERT INTO signing_keys (pool_id, token_use, kid, private_key) VALUES (?, ?, ?, ?)';
    this.#database.run(sql, poolId, use, keyId(pair.publicKey), pem);
    return { kid: keyId(pair.publicKey), privateKey: pair.privateKey, publicKey: pair.publicKey };
  }

  #find(poolId: string, use: string): Row | undefined {
    return this.#database.get('SELECT kid, private_key FROM signing_keys WHERE pool_id = ? AND token_use = ?', poolId, use);
  }
}
