import { variables } from '../../contracts/variables.ts';
import { defineCustomResource, ResourceError, type ResourceOutcome, type ResourceProperties } from '../runtime/custom-resource.ts';
import { deleteApplication, putApplication, readSecret } from './platform-applications-store.ts';
import { credentialsOf, standInSecret } from './platform-credentials.ts';

const textOf = (properties: ResourceProperties, name: string): string => {
  const value = properties[name];
  if (typeof value === 'string') return value;
  throw new ResourceError(`The property ${name} is missing: the construct Push sets it`);
};

const readCredentials = async (platform: string, secretName: string, bundleId: string) => {
  const text = await readSecret(secretName);
  const isLocal = process.env[variables.localMode] !== undefined;
  return credentialsOf(platform, secretName, text ?? (isLocal ? standInSecret(platform) : undefined), bundleId);
};

/** Another name makes another ARN, so that CloudFormation removes the application of the old one. */
const put = async (properties: ResourceProperties): Promise<ResourceOutcome> => {
  const platform = textOf(properties, 'Platform');
  const secretName = textOf(properties, 'SecretName');
  const arn = textOf(properties, 'ApplicationArn');
  const name = textOf(properties, 'Name');
  const failures = { EventDeliveryFailure: textOf(properties, 'FailureTopicArn') };
  const forms = await readCredentials(platform, secretName, platform === 'GCM' ? '' : textOf(properties, 'BundleId'));
  for (const credentials of forms) {
    if (await putApplication({ arn, name, platform, attributes: { ...credentials, ...failures } })) return { physicalId: arn };
  }
  throw new ResourceError(
    `SNS does not take the credentials in the secret ${secretName} for ${platform}: check that the key is one of this team or project, and not revoked, store it, then deploy again`,
  );
};

/** The function behind the platform applications of SNS: they have the credentials of secrets, and change and end with the stack. */
export const handler = defineCustomResource({
  create: put,
  update: put,
  remove: async (_, arn) => deleteApplication(arn),
});
