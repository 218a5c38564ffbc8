import { randomInt } from 'node:crypto';

/** `GenerateSecretString` of a template. */
export interface GenerateSecretString {
  readonly ExcludeCharacters?: string;
  readonly ExcludeLowercase?: boolean;
  readonly ExcludeNumbers?: boolean;
  readonly ExcludePunctuation?: boolean;
  readonly ExcludeUppercase?: boolean;
  readonly GenerateStringKey?: string;
  readonly IncludeSpace?: boolean;
  readonly PasswordLength?: number | string;
  readonly RequireEachIncludedType?: boolean;
  readonly SecretStringTemplate?: string;
}

const LOWERCASE = 'abcdefghijklmnopqrstuvwxyz';
const NUMBERS = '0123456789';
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';
const DEFAULT_LENGTH = 32;

/**
 * Makes a secret by the rules of GetRandomPassword.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html
 */
export function generateSecret(options: GenerateSecretString): string {
  const password = randomPassword(options);
  const { GenerateStringKey, SecretStringTemplate } = options;
  if (GenerateStringKey === undefined || SecretStringTemplate === undefined) return password;
  return JSON.stringify({ ...JSON.parse(SecretStringTemplate), [GenerateStringKey]: password });
}

function randomPassword(options: GenerateSecretString): string {
  const excluded = new Set(options.ExcludeCharacters ?? '');
  const kinds = [
    options.ExcludeLowercase ? '' : LOWERCASE,
    options.ExcludeUppercase ? '' : LOWERCASE.toUpperCase(),
    options.ExcludeNumbers ? '' : NUMBERS,
    options.ExcludePunctuation ? '' : PUNCTUATION,
    options.IncludeSpace ? ' ' : '',
  ]
    .map((kind) => [...kind].filter((character) => !excluded.has(character)))
    .filter((kind) => kind.length > 0);
  const all = kinds.flat();
  if (all.length === 0) throw new Error('GenerateSecretString excludes every character');
  const required = options.RequireEachIncludedType === false ? [] : kinds.map(pick);
  const characters = [...required];
  const length = Number(options.PasswordLength ?? DEFAULT_LENGTH);
  while (characters.length < length) characters.push(pick(all));
  return shuffle(characters.slice(0, Math.max(length, required.length))).join('');
}

const pick = (characters: readonly string[]): string => characters[randomInt(characters.length)] ?? '';

function shuffle(characters: string[]): string[] {
  for (let last = characters.length - 1; last > 0; last -= 1) {
    const other = randomInt(last + 1);
    [characters[last], characters[other]] = [characters[other] ?? '', characters[last] ?? ''];
  }
  return characters;
}
