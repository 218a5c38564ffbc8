import { GetSecretValueCommand, ResourceNotFoundException, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ApiError } from '../../contracts/errors.ts';
import { standInKeys } from '../../contracts/payments-stand-in.ts';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { storeError } from '../runtime/store-errors.ts';
import { writeLog } from './write-log.ts';

const client = new SecretsManagerClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
});
const SecretId = requiredVariable(variables.paymentsSecret);
const apiUrl = process.env[variables.paymentsApiUrl] ?? 'https://api.stripe.com';
const standInUrl = process.env[variables.localMode] === undefined ? undefined : process.env[variables.paymentsStandIn];

/** What the secret of payments holds. */
export interface PaymentsSecret {
  readonly secretKey: string;
  readonly webhookSecrets: readonly string[];
  /** Where the provider answers. */
  readonly apiUrl: string;
  /** Local mode stands in for the provider, where no money moves. */
  readonly isStandIn: boolean;
  /** When it was read, in milliseconds since the epoch. */
  readonly readAt: number;
}

/** A changed secret counts after so long, without a deployment. */
const keptMs = 5 * 60_000;

const isText = (value: unknown): value is string => typeof value === 'string' && /^\S+$/.test(value);

/** What is wrong is told to the log only, and never what the secret holds. */
const notSetUp = (reason: string): ApiError => {
  writeLog('ERROR', `payments cannot be made: ${reason}`, { secret: SecretId });
  return new ApiError('unavailable', 'Payments are not set up yet. Try again later.', { retryAfterSeconds: 60 });
};

const parseSecret = (text: string | undefined): Pick<PaymentsSecret, 'secretKey' | 'webhookSecrets'> | undefined => {
  try {
    const { secretKey, webhookSecrets } = JSON.parse(text ?? '') as Readonly<Record<string, unknown>>;
    const areTexts = Array.isArray(webhookSecrets) && webhookSecrets.length > 0 && webhookSecrets.every(isText);
    return isText(secretKey) && areTexts ? { secretKey, webhookSecrets } : undefined;
  } catch {
    return undefined;
  }
};

const fetchSecret = async (): Promise<PaymentsSecret> => {
  const readAt = Date.now();
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId }));
    const parsed = parseSecret(SecretString);
    if (parsed === undefined) throw notSetUp('the secret must hold JSON { "secretKey": "sk_…", "webhookSecrets": ["whsec_…"] }');
    return { ...parsed, apiUrl, isStandIn: false, readAt };
  } catch (error) {
    // Secrets Manager also denies what is not there: no policy can name its ARN.
    const isMissing = error instanceof ResourceNotFoundException || (error as Error).name === 'AccessDeniedException';
    if (isMissing && standInUrl !== undefined) return { ...standInKeys, apiUrl: standInUrl, isStandIn: true, readAt };
    throw isMissing ? notSetUp('the secret is not there, or may not be read') : storeError(error);
  }
};

let kept: Promise<PaymentsSecret> | undefined;

/** Stripe refuses the key: another may have taken its place. */
export const forgetPaymentsSecret = (): void => {
  kept = undefined;
};

/**
 * The keys of the payment provider.
 *
 * @param newerThan reads the secret again if what is kept was read before then (milliseconds since the epoch)
 * @throws ApiError `unavailable`
 */
export const readPaymentsSecret = async (newerThan = Date.now() - keptMs): Promise<PaymentsSecret> => {
  try {
    kept ??= fetchSecret();
    const secret = await kept;
    // The one of Stripe may come at any moment, and takes the place of the stand-in.
    if (secret.readAt > newerThan && !secret.isStandIn) return secret;
    kept = fetchSecret();
    return await kept;
  } catch (error) {
    kept = undefined;
    throw error;
  }
};
