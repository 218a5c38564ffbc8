import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { ResourceError } from '../runtime/custom-resource.ts';

/** The attributes of SNS by which it is known to Apple or Google ("CreatePlatformApplication", SNS API Reference). */
export type Credentials = Readonly<Record<string, string>>;

/** What a secret must hold, and for whom. */
interface Form {
  readonly fields: readonly string[];
  readonly json: string;
}

const apple: Form = {
  fields: ['signingKey', 'keyId', 'teamId'],
  json: '{ "signingKey": "-----BEGIN PRIVATE KEY-----…", "keyId": "ABC123DEFG", "teamId": "DEF123GHIJ" }, the key of Apple with its .p8 file',
};
const google: Form = {
  fields: ['type', 'project_id', 'private_key', 'client_email'],
  json: 'the JSON of a service account as the Firebase console gives it ("Generate new private key")',
};

const isApple = (platform: string): boolean => platform !== 'GCM';

const fault = (name: string, what: string, { json }: Form): ResourceError =>
  new ResourceError(
    `The secret ${name} ${what}. It must hold ${json}. Store it, then deploy again: aws secretsmanager create-secret --name ${name} --secret-string file://secret.json (put-secret-value --secret-id ${name} if it is there)`,
  );

/** None of the errors repeats a value, or tells where in the text it failed: it may be the key. */
const parse = (name: string, text: string, form: Form): Readonly<Record<string, string>> => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw fault(name, 'is not JSON', form);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fault(name, 'is no JSON object', form);
  const fields = value as Readonly<Record<string, unknown>>;
  const missing = form.fields.filter((field) => typeof fields[field] !== 'string' || fields[field] === '');
  if (missing.length > 0) throw fault(name, `lacks ${missing.join(', ')}`, form);
  return fields as Readonly<Record<string, string>>;
};

const assertKey = (name: string, key: string, form: Form): void => {
  try {
    createPrivateKey(key);
  } catch {
    throw fault(name, 'holds no private key in PEM', form);
  }
};

/** What is between the lines of PEM. */
const pemContent = (pem: string): string => pem.replace(/-----[A-Z ]+-----/g, '').replace(/\s+/g, '');

/**
 * The credentials in a secret. SNS's documentation does not say whether it wants a signing key with the lines of PEM around it, so
 * that there is one form for each.
 *
 * @throws ResourceError that says what the secret must hold
 */
export const credentialsOf = (
  platform: string,
  secretName: string,
  text: string | undefined,
  bundleId: string,
): readonly [Credentials, ...Credentials[]] => {
  const form = isApple(platform) ? apple : google;
  if (text === undefined) throw fault(secretName, 'is not there, or is encrypted with a key that may not be used', form);
  const fields = parse(secretName, text, form);
  if (!isApple(platform)) {
    assertKey(secretName, fields['private_key'] ?? '', form);
    return [{ PlatformCredential: text }];
  }
  const { signingKey = '', keyId = '', teamId = '' } = fields;
  assertKey(secretName, signingKey, form);
  const others = { PlatformPrincipal: keyId, ApplePlatformTeamID: teamId, ApplePlatformBundleID: bundleId };
  return [
    { PlatformCredential: pemContent(signingKey), ...others },
    { PlatformCredential: signingKey, ...others },
  ];
};

/** What stands in for a secret that is not there where nothing leaves the machine: with it, no push service would take anything. */
export const standInSecret = (platform: string): string => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const fields = isApple(platform)
    ? { signingKey: key, keyId: 'LOCAL00000', teamId: 'LOCAL00000' }
    : { type: 'service_account', project_id: 'local', private_key: key, client_email: 'local@local.invalid' };
  return JSON.stringify(fields);
};
