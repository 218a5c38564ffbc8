import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ApiError } from '../../contracts/errors.ts';
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
const kept = new Map<string, Kept>();

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** A secret as a text, or several as a JSON list. */
const parseSecrets = (text: string | undefined): readonly string[] => {
  if (!text?.startsWith('[')) return [text].filter(isText);
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.filter(isText) : [];
  } catch {
    return [];
  }
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
  writeLog('ERROR', 'a service has no secret: store it in Secrets Manager under this name', { secretName });
  return new ApiError('unavailable', 'Webhooks of this service cannot be checked yet. Send it again later.', { retryAfterSeconds: 60 });
};

/**
 * The secrets of a service.
 *
 * @param isDoubted true when none of those that are known has made a signature
 * @throws ApiError `unavailable`
 */
export const secretsOf = async (secretName: string, isDoubted = false): Promise<readonly string[]> => {
  const nowMs = Date.now();
  const known = kept.get(secretName);
  if (known !== undefined && nowMs - known.readAtMs < (isDoubted ? leastAgeMs : keptMs)) return known.secrets;
  const secrets = await read(secretName);
  if (secrets.length === 0) throw withoutSecret(secretName);
  kept.set(secretName, { secrets, readAtMs: nowMs });
  return secrets;
};
