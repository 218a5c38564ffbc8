import { createHash, randomBytes } from 'node:crypto';
import { recoveryCodeCount } from '../../contracts/auth.ts';

/** Crockford's base 32: no I, L, O or U to misread. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const characters = 16;

const toCode = (): string => {
  const text = Array.from(randomBytes(characters), (byte) => alphabet[byte % alphabet.length]).join('');
  return text.replace(/.{4}(?=.)/g, '$&-');
};

/** New codes of 80 bits each, to be written down: `k3d9-…`. */
export const makeRecoveryCodes = (): readonly string[] => Array.from({ length: recoveryCodeCount }, toCode);

/** What is kept of a code. 80 random bits can't be guessed from a hash, so it needs neither salt nor a slow function. */
export const hashRecoveryCode = (code: string): string => {
  const typed = code.normalize('NFKC').toLowerCase().replace(/[\s-]/g, '').replaceAll('o', '0').replace(/[il]/g, '1');
  return createHash('sha256').update(typed).digest('base64url');
};
