import { randomBytes } from 'node:crypto';
import type { AwsCredentials, KeyOwner, Principal } from '../services/service.ts';

/** Long-lived keys, without a session token. */
export type RootCredentials = Omit<AwsCredentials, 'sessionToken'>;

/** The access keys of one run. They are made at random at each start, so a key that has leaked opens nothing later. */
export class AwsCredentialStore {
  readonly root: RootCredentials;
  readonly #owners = new Map<string, KeyOwner>();
  #secrets: readonly string[];
  readonly #sessions = new Map<string, AwsCredentials>();

  constructor(root: Principal) {
    this.root = { accessKeyId: keyId('AKIA'), secretAccessKey: secret() };
    this.#secrets = [this.root.secretAccessKey];
    this.#owners.set(this.root.accessKeyId, { principal: root, credentials: this.root });
  }

  /** The credentials of a role in a session; the same ones each time. */
  ofSession(principal: Principal): AwsCredentials {
    const known = this.#sessions.get(principal.arn);
    if (known !== undefined) return known;
    const credentials = { accessKeyId: keyId('ASIA'), secretAccessKey: secret(), sessionToken: randomBytes(48).toString('base64') };
    this.#sessions.set(principal.arn, credentials);
    this.#secrets = [...this.#secrets, credentials.secretAccessKey, credentials.sessionToken];
    this.#owners.set(credentials.accessKeyId, { principal, credentials });
    return credentials;
  }

  /** What no log may show; another array when there are more. */
  secrets(): readonly string[] {
    return this.#secrets;
  }

  owner(accessKeyId: string): KeyOwner | undefined {
    return this.#owners.get(accessKeyId);
  }
}

const KEY_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Twenty characters, as AWS's key ids. The 80 random bits after the prefix can't be guessed. */
const keyId = (prefix: string): string => prefix + [...randomBytes(16)].map((byte) => KEY_CHARACTERS[byte % 32]).join('');

const secret = (): string => randomBytes(30).toString('base64');
