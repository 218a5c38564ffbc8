import { randomBytes } from 'node:crypto';
import { generatedName, stableId } from '../../template/stable-id.ts';
import { callJson, type JsonOperation } from '../json-call.ts';
import { AwsError, type AwsRequest, type LocalContext, type LocalServiceType } from '../service.ts';
import { type Secret, SecretStore, type SecretVersion } from './secret-store.ts';

const MAX_NAME_LENGTH = 256;

function makeOperations(store: SecretStore, { account, clock }: LocalContext): Record<string, JsonOperation> {
  const authorized = (id: unknown, action: string, request: AwsRequest): Secret => {
    const secret = store.find(String(id));
    const unknownArn = `arn:${account.partition}:secretsmanager:${account.region}:${account.accountId}:secret:${String(id)}`;
    request.authorize(`secretsmanager:${action}`, secret?.arn ?? unknownArn);
    if (secret === undefined) throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    return secret;
  };
  return {
    GetSecretValue: ({ SecretId, VersionId, VersionStage = 'AWSCURRENT' }, request) => {
      const secret = authorized(SecretId, 'GetSecretValue', request);
      const isWanted = ({ versionId, stages }: SecretVersion): boolean =>
        VersionId === undefined ? stages.includes(String(VersionStage)) : versionId === VersionId;
      const version = secret.versions.find(isWanted);
      if (version === undefined) {
        throw new AwsError(
          'ResourceNotFoundException',
          `Secrets Manager can't find the specified secret value for staging label: ${VersionStage}`,
        );
      }
      return {
        ARN: secret.arn,
        Name: secret.name,
        VersionId: version.versionId,
        VersionStages: version.stages,
        CreatedDate: version.createdAt / 1_000,
        ...(version.secretString !== undefined && { SecretString: version.secretString }),
        ...(version.secretBinary !== undefined && { SecretBinary: version.secretBinary }),
      };
    },
    CreateSecret: ({ Name, Description, SecretString, SecretBinary, ClientRequestToken }, request) => {
      if (typeof Name !== 'string' || !/^[A-Za-z0-9/_+=.@-]{1,512}$/.test(Name)) {
        throw new AwsError(
          'InvalidParameterException',
          'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
        );
      }
      const { partition, region, accountId } = account;
      const arn = `arn:${partition}:secretsmanager:${region}:${accountId}:secret:${Name}-${randomBytes(3).toString('hex')}`;
      request.authorize('secretsmanager:CreateSecret', arn);
      if (store.list().some(({ name }) => name === Name)) {
        throw new AwsError('ResourceExistsException', `The operation failed because the secret ${Name} already exists.`);
      }
      const value = {
        ...(typeof SecretString === 'string' && { secretString: SecretString }),
        ...(typeof SecretBinary === 'string' && { secretBinary: SecretBinary }),
      };
      const secret = store.create({ arn, name: Name, ...(typeof Description === 'string' && { description: Description }) });
      if (Object.keys(value).length === 0) return { ARN: arn, Name };
      const token = typeof ClientRequestToken === 'string' ? { versionId: ClientRequestToken } : {};
      return { ARN: arn, Name, VersionId: store.put(secret, value, { now: clock.now(), ...token }).versionId };
    },
    DescribeSecret: ({ SecretId }, request) => {
      const { arn, name, description, versions } = authorized(SecretId, 'DescribeSecret', request);
      return {
        ARN: arn,
        Name: name,
        Description: description,
        VersionIdsToStages: Object.fromEntries(versions.map(({ versionId, stages }) => [versionId, stages])),
      };
    },
    PutSecretValue: ({ SecretId, SecretString, SecretBinary, ClientRequestToken }, request) => {
      const secret = authorized(SecretId, 'PutSecretValue', request);
      if (typeof SecretString !== 'string' && typeof SecretBinary !== 'string') {
        throw new AwsError('InvalidRequestException', 'You must provide either SecretString or SecretBinary.');
      }
      const value = typeof SecretString === 'string' ? { secretString: SecretString } : { secretBinary: String(SecretBinary) };
      const token = typeof ClientRequestToken === 'string' ? { versionId: ClientRequestToken } : {};
      const version =
        secret.versions.find(({ versionId }) => versionId === ClientRequestToken) ??
        store.put(secret, value, { now: clock.now(), ...token });
      return { ARN: secret.arn, Name: secret.name, VersionId: version.versionId, VersionStages: version.stages };
    },
  };
}

/** Secrets of the template; generated values stay the same over restarts. */
export const secretsmanager: LocalServiceType = {
  signingName: 'secretsmanager',
  resourceTypes: ['AWS::SecretsManager::Secret'],
  identify: (resource, { partition, region, accountId }) => {
    const own = resource.properties['Name'];
    const name = typeof own === 'string' ? own : generatedName(resource, MAX_NAME_LENGTH);
    const arn = `arn:${partition}:secretsmanager:${region}:${accountId}:secret:${name}-${stableId(resource, 6)}`;
    return { ref: arn, attributes: { Id: arn, Name: name } };
  },
  start: async (resources, context) => {
    const store = new SecretStore(context.folder);
    store.apply(resources, context.clock.now());
    const operations = makeOperations(store, context);
    return {
      handle: (request) => callJson(operations, request),
      secrets: () => store.values(),
      // Values are left out: a dump is made to be shown.
      dump: async () => store.list().map(({ name, versions }) => ({ name, versions: versions.length })),
      dispose: async () => {},
    };
  },
};
