import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { variables } from '../../contracts/variables.ts';

type Secret = Readonly<Record<string, unknown>>;

const client = new SecretsManagerClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
});
/** A key that was changed is known so soon. */
const keptMs = 300_000;
const kept = new Map<string, { readonly value: Secret; readonly untilMs: number }>();

/** On a developer's machine there is none as long as nobody gives one; for a name that is not there AWS says either. */
const isMissing = (error: unknown): boolean =>
  process.env[variables.localMode] !== undefined &&
  error instanceof Error &&
  (error.name === 'ResourceNotFoundException' || error.name === 'AccessDeniedException');

const read = async (SecretId: string): Promise<Secret | undefined> => {
  try {
    const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId }));
    return JSON.parse(SecretString) as Secret;
  } catch (error) {
    if (isMissing(error)) return undefined;
    // What cannot be parsed is in the message of the error.
    if (error instanceof SyntaxError) throw new Error(`the secret ${SecretId} holds no JSON`);
    throw error;
  }
};

/** A secret. @returns undefined in local mode, where there is none */
export const readSecret = async (name: string): Promise<Secret | undefined> => {
  const found = kept.get(name);
  if (found !== undefined && found.untilMs > Date.now()) return found.value;
  const value = await read(name);
  // One that is not there may come at any moment.
  if (value !== undefined) kept.set(name, { value, untilMs: Date.now() + keptMs });
  return value;
};
