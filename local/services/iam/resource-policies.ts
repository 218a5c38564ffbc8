import { functionArn } from '../lambda/identify-lambda.ts';
import type { LocalAccount, ResolvedResource } from '../service.ts';
import { listOf, type PolicyDocument, type PolicyPrincipal, type PolicyStatement } from './policy-document.ts';
import { compileAttached } from './roles.ts';
import type { Statement } from './statement-matching.ts';

/** The types whose resources are policies of other resources. A permission of Lambda is one too, but Lambda owns that type. */
export const resourcePolicyTypes: readonly string[] = [
  'AWS::S3::BucketPolicy',
  'AWS::SQS::QueuePolicy',
  'AWS::SNS::TopicPolicy',
  'AWS::SecretsManager::ResourcePolicy',
  'AWS::Events::EventBusPolicy',
];

type Properties = Readonly<Record<string, unknown>>;

/** The policy of a resource, together with the ARNs of the resources that have it. */
interface Attachment {
  readonly arns: readonly string[];
  readonly document: PolicyDocument;
}

type Read = (properties: Properties, account: LocalAccount, resource: ResolvedResource) => Attachment;

const readers: Readonly<Record<string, Read>> = {
  'AWS::S3::BucketPolicy': ({ Bucket, PolicyDocument: document }, { partition }) => ({
    arns: [`arn:${partition}:s3:::${String(Bucket)}`],
    document: document as PolicyDocument,
  }),
  'AWS::SQS::QueuePolicy': ({ Queues, PolicyDocument: document }, account) => ({
    arns: texts(Queues).map((url) => queueArn(url, account)),
    document: document as PolicyDocument,
  }),
  'AWS::SNS::TopicPolicy': ({ Topics, PolicyDocument: document }) => ({ arns: texts(Topics), document: document as PolicyDocument }),
  'AWS::SecretsManager::ResourcePolicy': ({ SecretId, ResourcePolicy: document }) => ({
    arns: [String(SecretId)],
    document: document as PolicyDocument,
  }),
  'AWS::Events::EventBusPolicy': ({ EventBusName = 'default', Statement }, { partition, region, accountId }) => ({
    arns: [`arn:${partition}:events:${region}:${accountId}:event-bus/${String(EventBusName)}`],
    document: { Version: '2012-10-17', Statement: Statement === undefined ? [] : (Statement as PolicyStatement) },
  }),
  // A role's trust policy says who may assume it. It has no `Resource`: it is about the role that it hangs on.
  'AWS::IAM::Role': ({ AssumeRolePolicyDocument }, _account, { attributes }) => {
    const { Statement, ...document } = AssumeRolePolicyDocument as PolicyDocument;
    const arn = attributes['Arn'] ?? '';
    return { arns: [arn], document: { ...document, Statement: listOf(Statement).map((statement) => ({ ...statement, Resource: arn })) } };
  },
  'AWS::Lambda::Permission': (properties, account) => {
    const arn = functionArn(String(properties['FunctionName']), account);
    return { arns: [arn], document: { Version: '2012-10-17', Statement: permissionStatement(properties, arn) } };
  },
};

/**
 * The policies of a template's buckets, queues, topics, secrets, buses and functions, and who may assume its roles.
 *
 * @returns what finds the statements for a resource; those of a bucket hold for its objects too
 * @throws StartError when AWS would not store one of the policies
 */
export function readResourcePolicies(
  resources: readonly ResolvedResource[],
  account: LocalAccount,
): (resourceArn: string) => readonly Statement[] | undefined {
  const byArn = new Map<string, readonly Statement[]>();
  for (const resource of resources) {
    const read = readers[resource.type];
    if (read === undefined || (resource.type === 'AWS::IAM::Role' && resource.properties['AssumeRolePolicyDocument'] === undefined))
      continue;
    const { arns, document } = read(resource.properties, account, resource);
    const statements = compileAttached(resource.ref, document);
    for (const arn of arns) byArn.set(arn, [...(byArn.get(arn) ?? []), ...statements]);
  }
  const bucketPrefix = `arn:${account.partition}:s3:::`;
  return (resourceArn) => {
    const slash = resourceArn.startsWith(bucketPrefix) ? resourceArn.indexOf('/') : -1;
    return byArn.get(slash < 0 ? resourceArn : resourceArn.slice(0, slash));
  };
}

/** What Lambda makes of `AddPermission`. */
function permissionStatement(properties: Properties, Resource: string): PolicyStatement {
  const { Action, Principal, SourceArn, SourceAccount, FunctionUrlAuthType } = properties;
  const equal = {
    ...(SourceAccount !== undefined && { 'aws:SourceAccount': SourceAccount }),
    ...(FunctionUrlAuthType !== undefined && { 'lambda:FunctionUrlAuthType': FunctionUrlAuthType }),
  };
  return {
    Effect: 'Allow',
    Action: String(Action),
    Resource,
    Principal: lambdaPrincipal(String(Principal)),
    Condition: {
      ...(SourceArn !== undefined && { ArnLike: { 'aws:SourceArn': SourceArn } }),
      ...(Object.keys(equal).length > 0 && { StringEquals: equal }),
    },
  };
}

function lambdaPrincipal(principal: string): PolicyPrincipal {
  if (principal === '*') return '*';
  return /^[\w.-]+\.amazonaws\.com(\.cn)?$/.test(principal) ? { Service: principal } : { AWS: principal };
}

/** A queue's URL ends in its account and its name. */
function queueArn(url: string, { partition, region }: LocalAccount): string {
  const [accountId, name] = url.split('/').slice(-2);
  return `arn:${partition}:sqs:${region}:${accountId}:${name}`;
}

const texts = (value: unknown): readonly string[] => listOf(value as string | readonly string[] | undefined);
