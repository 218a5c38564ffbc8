import { ArnFormat, Aws, CustomResource, Stack } from 'aws-cdk-lib';
import { AnyPrincipal, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { Platform } from '../../contracts/push.ts';
import type { PushOptions } from '../../contracts/push-options.ts';
import { FeatureFunction, type FunctionOptions } from '../api/feature-function.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';
import type { WorkQueue } from '../api/work-queue.ts';
import { dataRemovalPolicy, type Stage } from '../stage.ts';

/** The platforms that SNS sends to. */
export type SnsPlatform = Exclude<Platform, 'web'>;

/** SNS's names of them (CreatePlatformApplication, Platform). */
const snsNames: Readonly<Record<SnsPlatform, string>> = { apns: 'APNS', 'apns-sandbox': 'APNS_SANDBOX', fcm: 'GCM' };
const ids: Readonly<Record<SnsPlatform, string>> = { apns: 'Apns', 'apns-sandbox': 'ApnsSandbox', fcm: 'Fcm' };

/** The platform applications of a definition. */
export interface Applications {
  /** Their ARNs by platform. */
  readonly arns: Readonly<Partial<Record<SnsPlatform, string>>>;
  /** The ARNs of the endpoints of all of them, each with a `*` at its end. */
  readonly endpointArns: readonly string[];
  /** What must be there before a function that uses them. */
  readonly resources: readonly CustomResource[];
  /** Where SNS tells of deliveries that have failed for good. */
  readonly failures: Topic;
}

export interface ApplicationsProps {
  readonly platforms: readonly SnsPlatform[];
  readonly options: Pick<PushOptions, 'apns' | 'fcm'>;
  /** What names in the account begin with. */
  readonly name: string;
  readonly feedback: WorkQueue;
  readonly functions: FunctionOptions;
  readonly stage: Stage;
}

/** The topic whose policy lets SNS publish what has become of deliveries: whoever has a policy of its own loses the one of the account. */
const createFailures = (scope: Construct, feedback: WorkQueue, applicationArns: readonly string[]): Topic => {
  const failures = new Topic(scope, 'Failures', { enforceSSL: true });
  const publish = { actions: ['sns:Publish'], resources: [failures.topicArn] };
  failures.addToResourcePolicy(
    new PolicyStatement({
      ...publish,
      principals: [new ServicePrincipal('sns.amazonaws.com')],
      conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID }, ArnLike: { 'aws:SourceArn': [...applicationArns] } },
    }),
  );
  failures.addToResourcePolicy(
    // What a topic allows its account as long as it has no policy ("Default policy", SNS Developer Guide).
    new PolicyStatement({
      ...publish,
      principals: [new AnyPrincipal()],
      conditions: { StringEquals: { 'AWS:SourceOwner': Aws.ACCOUNT_ID } },
    }),
  );
  failures.addSubscription(new SqsSubscription(feedback.queue, { rawMessageDelivery: true }));
  return failures;
};

const createMaker = (scope: Construct, { functions, options, name, stage }: ApplicationsProps) => {
  const stack = Stack.of(scope);
  const secrets = [options.apns?.secretName, options.fcm?.secretName].filter((name) => name !== undefined);
  return new FeatureFunction(scope, 'ApplicationMaker', {
    ...functions,
    description: 'Plinth: makes platform applications of SNS from secrets, with the stack',
    entry: lambdaEntry('push/platform-application-handler.ts'),
    grants: [
      {
        actions: ['sns:CreatePlatformApplication', 'sns:DeletePlatformApplication', 'sns:SetPlatformApplicationAttributes'],
        // Of every platform: when one is taken out of the definition, its application is deleted after these rights have changed.
        resources: [stack.formatArn({ service: 'sns', resource: 'app', resourceName: `*/${name}` })],
      },
      {
        actions: ['secretsmanager:GetSecretValue'],
        // Secrets Manager ends ARNs with a hyphen and six characters of its own.
        resources: [...new Set(secrets)].map((name) =>
          stack.formatArn({
            service: 'secretsmanager',
            resource: 'secret',
            resourceName: `${name}-??????`,
            arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          }),
        ),
      },
    ],
    stage,
  });
};

/**
 * SNS's platform applications, which CloudFormation has no type for: custom resources make them from the values of secrets. They are
 * named by the stack and by where they are in it, so that their ARNs are known before they are made. In production they outlive the
 * stack like its tables, since all endpoints are lost with an application.
 */
export const createApplications = (scope: Construct, props: ApplicationsProps): Applications => {
  const { platforms, options, name, feedback, stage } = props;
  const stack = Stack.of(scope);
  const arnOf = (kind: 'app' | 'endpoint', platform: SnsPlatform, end: string): string =>
    stack.formatArn({ service: 'sns', resource: kind, resourceName: `${snsNames[platform]}/${name}${end}` });
  const arns = Object.fromEntries(platforms.map((platform) => [platform, arnOf('app', platform, '')]));
  const failures = createFailures(scope, feedback, Object.values(arns));
  const maker = createMaker(scope, props);
  const resources = platforms.map((platform) => {
    const { secretName = '', revision = '', bundleId = '' } = { ...(platform === 'fcm' ? options.fcm : options.apns) };
    const resource = new CustomResource(scope, `${ids[platform]}Application`, {
      serviceToken: maker.function.functionArn,
      resourceType: 'Custom::PlinthPlatformApplication',
      properties: {
        Name: name,
        Platform: snsNames[platform],
        ApplicationArn: arns[platform],
        SecretName: secretName,
        Revision: revision,
        ...(platform !== 'fcm' && { BundleId: bundleId }),
        FailureTopicArn: failures.topicArn,
      },
      removalPolicy: dataRemovalPolicy(stage),
    });
    resource.node.addDependency(maker.role, failures);
    return resource;
  });
  return { arns, endpointArns: platforms.map((platform) => arnOf('endpoint', platform, '/*')), resources, failures };
};
