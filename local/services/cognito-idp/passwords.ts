import { randomBytes, randomInt, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { type AttemptSubject, type Attempts, SIGN_IN_RULE } from './attempts.ts';
import { failures } from './failures.ts';
import { makeSrpVerifier } from './srp.ts';
import type { PasswordPolicy, UserPool } from './user-pool.ts';
import type { StoredPassword } from './users-store.ts';

/** OWASP's second choice for scrypt: 16 MiB and about 35 ms a hash. */
const COST = { N: 2 ** 14, r: 8, p: 1 };
const KEY_BYTES = 32;

/** AWS's limit. */
const MAXIMUM_LENGTH = 256;

/** AWS's list of what counts as a symbol; a space counts when it is neither first nor last. */
const SYMBOL = /[\^$*.[\]{}()?"!@#%&/\\,><':;|_~`=+-]|(?<=\S) (?=\S)/u;

function derive(password: string, salt: Buffer, options: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, KEY_BYTES, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

/** Whether a password is the one that was hashed. Runs on the thread pool. */
async function matches(password: string, hash: string): Promise<boolean> {
  const [, N, r, p, salt, key] = hash.split('$');
  const derived = await derive(password, Buffer.from(salt ?? '', 'base64'), { N: Number(N), r: Number(r), p: Number(p) });
  return timingSafeEqual(derived, Buffer.from(key ?? '', 'base64'));
}

async function hashOf(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, COST);
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64'), key.toString('base64')].join('$');
}

/**
 * @throws AwsError `InvalidPasswordException` with AWS's text for the first rule that is broken.
 */
export function checkPasswordPolicy(policy: PasswordPolicy, password: string): void {
  const rules: [boolean, string][] = [
    [password.length >= policy.minimumLength, 'Password not long enough'],
    [password.length <= MAXIMUM_LENGTH, 'Password is too long'],
    [!policy.requireUppercase || /[A-Z]/u.test(password), 'Password must have uppercase characters'],
    [!policy.requireLowercase || /[a-z]/u.test(password), 'Password must have lowercase characters'],
    [!policy.requireNumbers || /[0-9]/u.test(password), 'Password must have numeric characters'],
    [!policy.requireSymbols || SYMBOL.test(password), 'Password must have symbol characters'],
  ];
  const broken = rules.find(([holds]) => !holds);
  if (broken !== undefined) {
    throw failures.invalidPassword(broken[1]);
  }
  // AWS: `^[\S]+.*[\S]+$`
  if (!/^\S+[\s\S]*\S+$/u.test(password)) {
    throw failures.invalidParameter(
      "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[\\S]+.*[\\S]+$",
    );
  }
}

/** The checks of one user's credentials that are running or waiting for their turn. */
interface Gate {
  present: number;
  checking: number;
  readonly waiting: (() => void)[];
}

/** Hashes passwords and checks them, never more of them for one user than the lock-out allows. */
export class Passwords {
  readonly #attempts: Attempts;
  readonly #gates = new Map<string, Gate>();
  /** What is compared when there is no user: the same work as for a wrong password. */
  readonly #nobody = hashOf(randomBytes(16).toString('hex'));

  constructor(attempts: Attempts) {
    this.#attempts = attempts;
  }

  /**
   * @param srpUsername undefined: nobody signs in by SRP in this pool, so no verifier is kept (a verifier is cheaper
   * to guess against than the scrypt hash).
   */
  async make(pool: UserPool, password: string, srpUsername: string | undefined): Promise<StoredPassword> {
    const hash = await hashOf(password);
    const srp = srpUsername === undefined ? undefined : makeSrpVerifier(pool.id, srpUsername, password);
    return { hash, srpSalt: srp?.salt, srpVerifier: srp?.verifier };
  }

  /** A password that satisfies every policy, for an invitation. */
  random(policy: PasswordPolicy): string {
    const pick = (alphabet: string): string => alphabet.charAt(randomInt(alphabet.length));
    const kinds = ['ABCDEFGHJKLMNPQRSTUVWXYZ', 'abcdefghijkmnopqrstuvwxyz', '23456789', '!#%&*+-=?@'];
    const length = Math.max(policy.minimumLength, 12);
    const characters = Array.from({ length }, (_, index) => pick(kinds[index % kinds.length] ?? '23456789'));
    return characters.join('');
  }

  /**
   * Whether the password is right. A missing user or password takes as long as a wrong one.
   * @throws AwsError `NotAuthorizedException` "Password attempts exceeded" during a lock-out.
   */
  verify(subject: AttemptSubject, stored: StoredPassword | undefined, password: string): Promise<boolean> {
    return this.guard(subject, async () => {
      const matched = await matches(password, stored?.hash ?? (await this.#nobody));
      return matched && stored !== undefined;
    });
  }

  /**
   * Runs a check of a credential under the lock-out. At most as many checks run at once as failures are still
   * free, so that parallel guesses count like guesses one after the other, and parallel right passwords all pass.
   */
  async guard(subject: AttemptSubject, check: () => Promise<boolean>): Promise<boolean> {
    const leave = await this.#enter(subject);
    try {
      const passed = await check();
      if (passed) {
        this.#attempts.clear(subject, SIGN_IN_RULE);
      } else {
        this.#attempts.add(subject, SIGN_IN_RULE);
      }
      return passed;
    } finally {
      leave();
    }
  }

  async #enter(subject: AttemptSubject): Promise<() => void> {
    const key = `${subject.poolId}\n${subject.name}`;
    const gate = this.#gates.get(key) ?? { present: 0, checking: 0, waiting: [] };
    this.#gates.set(key, gate);
    gate.present += 1;
    const leave = (): void => {
      gate.present -= 1;
      if (gate.present === 0) {
        this.#gates.delete(key);
      }
    };
    for (;;) {
      if (this.#attempts.isPaused(subject, SIGN_IN_RULE)) {
        leave();
        throw failures.passwordAttemptsExceeded();
      }
      if (gate.checking < Math.max(1, SIGN_IN_RULE.free - this.#attempts.count(subject, SIGN_IN_RULE))) {
        break;
      }
      await new Promise<void>((resolve) => gate.waiting.push(resolve));
    }
    gate.checking += 1;
    return () => {
      gate.checking -= 1;
      leave();
      for (const wake of gate.waiting.splice(0)) {
        wake();
      }
    };
  }
}
