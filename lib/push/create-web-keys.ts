import { CustomResource } from 'aws-cdk-lib';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { FeatureFunction, type FunctionOptions } from '../api/feature-function.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';
import { dataRemovalPolicy, type Stage } from '../stage.ts';

/** The key pair by which push services know the backend (RFC 8292). */
export interface WebKeys {
  /** The secret that holds both keys. */
  readonly secretArn: string;
  /** The public one, base64url. */
  readonly publicKey: string;
  readonly resource: CustomResource;
}

/**
 * A VAPID key pair that is made at the first deployment and then stays: browsers are subscribed with its public key, and with another
 * pair no push reaches them.
 */
export const createWebKeys = (scope: Construct, functions: FunctionOptions, stage: Stage): WebKeys => {
  const secret = new CfnSecret(scope, 'WebKeys', { description: 'Plinth: the VAPID key pair of web push' });
  secret.applyRemovalPolicy(dataRemovalPolicy(stage));
  const maker = new FeatureFunction(scope, 'WebKeyMaker', {
    ...functions,
    description: 'Plinth: makes the key pair of web push, with the stack',
    entry: lambdaEntry('push/vapid-keys-handler.ts'),
    grants: [{ actions: ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'], resources: [secret.ref] }],
    stage,
  });
  const resource = new CustomResource(scope, 'WebKeyPair', {
    serviceToken: maker.function.functionArn,
    resourceType: 'Custom::PlinthVapidKeys',
    properties: { SecretArn: secret.ref },
    removalPolicy: dataRemovalPolicy(stage),
  });
  resource.node.addDependency(maker.role);
  return { secretArn: secret.ref, publicKey: resource.getAttString('PublicKey'), resource };
};
