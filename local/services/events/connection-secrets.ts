import { AwsError, type LocalContext } from '../service.ts';
import type { Connection } from './connection.ts';

/** A connection with the values of its dynamic references. */
export interface OpenConnection extends Connection {
  /** Whether somebody has given all secrets that it names. Otherwise the name of each takes the place of its value. */
  readonly isComplete: boolean;
  /** `apiUrl` of a secret: a stand-in on this machine takes the place of the service. */
  readonly apiUrl: string | undefined;
}

/** `{{resolve:secretsmanager:<name or ARN>:SecretString:<key>:<stage>:<version>}}` */
const REFERENCE = /\{\{resolve:secretsmanager:(arn:(?:[^:}]*:){5}[^:}]+|[^:}]+)(?::SecretString(?::([^:}]*))?[^}]*)?\}\}/g;

type ReadSecret = (id: string) => Promise<string | undefined>;

/**
 * Puts the values of secrets in the place of dynamic references. On AWS that happens at a deployment; here it happens for each request,
 * so that a key that is given while the backend runs is used.
 *
 * @throws Error for a secret that does not hold what is asked of it
 */
export async function openConnection(connection: Connection, context: LocalContext): Promise<OpenConnection> {
  const text = JSON.stringify(connection);
  const ids = new Set([...text.matchAll(REFERENCE)].map(([, id = '']) => id));
  const read = secretReader(context);
  const secrets = new Map(await Promise.all([...ids].map(async (id) => [id, await read(id)] as const)));
  const filled = text.replace(REFERENCE, (_all, id: string, key: string | undefined) =>
    JSON.stringify(textOf(id, key ?? '', secrets.get(id))).slice(1, -1),
  );
  const values = [...secrets.values()];
  const apiUrl = values.map((secret) => parsed(secret)['apiUrl']).find((url): url is string => typeof url === 'string');
  return { ...(JSON.parse(filled) as Connection), isComplete: !values.includes(undefined), apiUrl };
}

function textOf(id: string, key: string, secret: string | undefined): string {
  if (secret === undefined) return key === '' ? id : key;
  if (key === '') return secret;
  const value = parsed(secret)[key];
  if (typeof value === 'string') return value;
  throw new Error(`the secret ${id} must hold JSON with the text ${key}`);
}

function parsed(secret: string | undefined): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(secret ?? '{}'));
  } catch {
    return {};
  }
}

/** Reads as CloudFormation does: in the name of who deploys. */
const secretReader =
  (context: LocalContext): ReadSecret =>
  async (id) => {
    const request = { method: 'POST', path: '/', query: new URLSearchParams(), headers: {}, principal: undefined, authorize: () => {} };
    try {
      const answer = await context
        .service('secretsmanager')
        ?.handle({ ...request, operation: 'GetSecretValue', body: Buffer.from(JSON.stringify({ SecretId: id })) });
      return answer === undefined ? undefined : (JSON.parse(String(answer.body)) as { SecretString?: string }).SecretString;
    } catch (error) {
      if (error instanceof AwsError && error.code === 'ResourceNotFoundException') return undefined;
      throw error;
    }
  };
