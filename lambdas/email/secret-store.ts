import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';

const secretName = requiredVariable(variables.emailSecret);
const client = new SecretsManagerClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
});
/** A key that was changed is known so soon. */
const keptMs = 300_000;

let kept: { readonly value: Readonly<Record<string, unknown>> | undefined; readonly untilMs: number } | undefined;

/** On a developer's machine there is none as long as nobody gives one; for a name that is not there AWS says either. */
const isMissing = (error: unknown): boolean =>
  process.env[variables.localMode] !== undefined &&
  error instanceof Error &&
  (error.name === 'ResourceNotFoundException' || error.name === 'AccessDeniedException');

const read = async (): Promise<Readonly<Record<string, unknown>> | undefined> => {
  try {
    const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: secretName }));
    return JSON.parse(SecretString) as Readonly<Record<string, unknown>>;
  } catch (error) {
    if (isMissing(error)) return undefined;
    // What cannot be parsed is in the message of the error.
    if (error instanceof SyntaxError) throw new Error(`the secret ${secretName} holds no JSON`);
    throw error;
  }
};

/** The secret of what sends. @returns undefined in local mode, where there is none */
export const readSecret = async (): Promise<Readonly<Record<string, unknown>> | undefined> => {
  if (kept === undefined || kept.untilMs < Date.now()) kept = { value: await read(), untilMs: Date.now() + keptMs };
  return kept.value;
};
