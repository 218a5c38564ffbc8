import { CustomResource, RemovalPolicy } from 'aws-cdk-lib';
import { type IPublicKey, KeyGroup, PublicKey } from 'aws-cdk-lib/aws-cloudfront';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { FeatureFunction, type FunctionOptions } from '../api/feature-function.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';
import type { Stage } from '../stage.ts';

/** What links are signed and checked with. */
export interface LinkKey {
  /** The key that new links are signed with. */
  readonly publicKey: IPublicKey;
  readonly secretArn: string;
  readonly keyGroup: KeyGroup;
}

export interface LinkKeyProps extends FunctionOptions {
  /** Which key signs. The one before it is still good for links that were given out with it. */
  readonly version: number;
  readonly stage: Stage;
}

const createKey = (scope: Construct, version: number, keys: FeatureFunction, secret: CfnSecret): PublicKey => {
  const resource = new CustomResource(scope, `Key${version}`, {
    serviceToken: keys.function.functionArn,
    resourceType: 'Custom::PlinthLinkKey',
    properties: { SecretId: secret.ref },
  });
  // CloudFormation calls the function at once, and needs it able to work.
  resource.node.addDependency(keys.role);
  return new PublicKey(scope, `PublicKey${version}`, { encodedKey: resource.getAttString('PublicKey') });
};

/**
 * The keys of links. The private one is made while the stack is deployed and never leaves Secrets Manager; the public one goes to
 * CloudFront. CloudFront's keys cannot change, so each version has a key of its own.
 */
export const createLinkKey = (parent: Construct, { version, stage, ...options }: LinkKeyProps): LinkKey => {
  if (!Number.isInteger(version) || version < 1) throw new Error(`linkKeyVersion is ${version}: use a whole number from 1 on`);
  const scope = new Construct(parent, 'LinkKey');
  const versions = version === 1 ? [1] : [version, version - 1];
  const secrets = versions.map((number) => {
    const secret = new CfnSecret(scope, `Secret${number}`, { description: `Plinth: the key that signs links to files, version ${number}` });
    secret.applyRemovalPolicy(RemovalPolicy.DESTROY);
    return secret;
  });
  const keys = new FeatureFunction(scope, 'Maker', {
    ...options,
    description: 'Plinth: makes the key that signs links to files, at deploy',
    entry: lambdaEntry('files/link-key-handler.ts'),
    grants: [
      { actions: ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'], resources: secrets.map((secret) => secret.ref) },
    ],
    stage,
  });
  const publicKeys = versions.map((number, index) => createKey(scope, number, keys, secrets[index] as CfnSecret));
  return {
    publicKey: publicKeys[0] as PublicKey,
    secretArn: (secrets[0] as CfnSecret).ref,
    keyGroup: new KeyGroup(scope, 'KeyGroup', { items: publicKeys }),
  };
};
