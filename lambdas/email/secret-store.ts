import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { MailDelayedError } from './mail.ts';

const secretName = requiredVariable(variables.emailSecret);
const client = new SecretsManagerClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
});
/** A key that was changed is known so soon. */
const keptMs = 300_000;

type Secret = Readonly<Record<string, unknown>>;

let kept: { readonly value: Secret; readonly untilMs: number } | undefined;

/** For a name that is not there AWS says either. */
const isMissing = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'ResourceNotFoundException' || error.name === 'AccessDeniedException');

const read = async (): Promise<Secret | undefined> => {
  let text: string;
  try {
    const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: secretName }));
    text = SecretString;
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    // On a developer's machine there is none as long as nobody gives one.
    if (process.env[variables.localMode] !== undefined) return undefined;
    throw new MailDelayedError(`the secret ${secretName} is not in Secrets Manager, or may not be read`, { cause });
  }
  try {
    return Object(JSON.parse(text)) as Secret;
  } catch {
    // What cannot be parsed is in the message of the error.
    throw new MailDelayedError(`the secret ${secretName} holds no JSON`);
  }
};

/** The secret of what sends. @returns undefined in local mode, where there is none */
export const readSecret = async (): Promise<Secret | undefined> => {
  if (kept !== undefined && kept.untilMs > Date.now()) return kept.value;
  const value = await read();
  // One that is not there may come at any moment.
  if (value !== undefined) kept = { value, untilMs: Date.now() + keptMs };
  return value;
};
