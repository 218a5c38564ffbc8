import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { keepSecret } from './known-secrets.ts';

const idByName = JSON.parse(requiredVariable(variables.functionSecrets)) as Readonly<Record<string, string>>;
const client = new SecretsManagerClient({
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
});
/** A rotated secret is seen after this time. */
const keptMs = 5 * 60_000;

interface Kept {
  readonly readAt: number;
  readonly value: Promise<string>;
}

const kept = new Map<string, Kept>();

const read = async (name: string, id: string): Promise<string> => {
  try {
    const { SecretString: value } = await client.send(new GetSecretValueCommand({ SecretId: id }));
    if (value === undefined) throw new TypeError('it holds bytes: store a text');
    keepSecret(value);
    return value;
  } catch (cause) {
    // A failure is not kept: the next one who asks tries again.
    kept.delete(name);
    throw new Error(`the secret ${name} could not be read from Secrets Manager (${id}): is it stored? "plinth secret ${id}" does that`, {
      cause,
    });
  }
};

/** The secrets of a function. A value is read once, however many ask for it at the same time. */
export const createSecrets = () => ({
  get: (name: string): Promise<string> => {
    const id = Object.hasOwn(idByName, name) ? idByName[name] : undefined;
    if (id === undefined) throw new TypeError(`there is no secret ${JSON.stringify(name)}: name it in the function's \`secrets\``);
    const known = kept.get(name);
    if (known !== undefined && Date.now() - known.readAt < keptMs) return known.value;
    const value = read(name, id);
    kept.set(name, { readAt: Date.now(), value });
    return value;
  },
});
