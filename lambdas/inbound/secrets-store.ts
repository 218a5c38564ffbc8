import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ApiError } from '../../contracts/errors.ts';
import type { CompiledInboundProvider } from '../../contracts/inbound.ts';
import { storeError } from '../runtime/store-errors.ts';
import { writeLog } from './write-log.ts';

const client = new SecretsManagerClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
});

/** How long secrets are good for. One that is taken away counts for so long. */
const keptMs = 300_000;
/** How soon they are read again for a signature that none of them made: a new one may have come. */
const leastAgeMs = 15_000;

/** A secret without any value is not found either; of one that is not there the role's policy knows no ARN. */
const absent: ReadonlySet<string> = new Set(['ResourceNotFoundException', 'AccessDeniedException']);

interface Kept {
  readonly secrets: readonly string[];
  readonly readAtMs: number;
}
const kept = new Map<CompiledInboundProvider, Kept>();

const isText = (value: unknown): value is string => typeof value === 'string';

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/**
 * A secret as a text, or several as a JSON list. An object is what the console of Secrets Manager makes of a key and a value: no
 * service signs with that.
 */
const parseSecrets = (text = ''): readonly string[] => {
  const value = /^\s*[[{]/.test(text) ? parse(text) : text;
  // A line break at the end is of the shell or the file that the secret came from.
  return [value]
    .flat()
    .filter(isText)
    .map((secret) => secret.trim())
    .filter((secret) => secret !== '');
};

const read = async (secretName: string): Promise<readonly string[]> => {
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretName }));
    return parseSecrets(SecretString);
  } catch (error) {
    if (absent.has((error as Error).name)) return [];
    throw storeError(error);
  }
};

/** Without a secret nobody is who they say; the service is to try again once there is one. */
const withoutSecret = (secretName: string): ApiError => {
  const message = 'a service has no secret that it can sign with: store it in Secrets Manager under this name, as a text or a JSON list';
  writeLog('ERROR', message, { secretName });
  return new ApiError('unavailable', 'Webhooks of this service cannot be checked yet. Send it again later.', { retryAfterSeconds: 60 });
};

/**
 * The secrets of a service.
 *
 * @param isSecret tells whether a text can be one
 * @param isDoubted true when none of those that are known has made a signature
 * @throws ApiError `unavailable`
 */
export const secretsOf = async (
  provider: CompiledInboundProvider,
  isSecret: (text: string) => boolean,
  isDoubted = false,
): Promise<readonly string[]> => {
  const nowMs = Date.now();
  const known = kept.get(provider);
  if (known !== undefined && nowMs - known.readAtMs < (isDoubted ? leastAgeMs : keptMs)) return known.secrets;
  const secrets = (await read(provider.secretName)).filter(isSecret);
  if (secrets.length === 0) throw withoutSecret(provider.secretName);
  kept.set(provider, { secrets, readAtMs: nowMs });
  return secrets;
};
