import { createHash } from 'node:crypto';
import type { LocalAccount, ResolvedResource, ResourceIdentity, TemplateResource } from '../../service.ts';
import type { TableSettings } from './table-definition.ts';
import { isTrue, type TableInput, tableSettings } from './table-settings.ts';

/** The longest table name that AWS allows. */
const MAX_NAME_LENGTH = 255;
/** Streams of template tables keep one ARN over all starts, so that event source mappings find their place again. */
export const TEMPLATE_STREAM_LABEL = '2020-01-01T00:00:00.000';

interface TableProperties extends TableInput {
  readonly TableName?: unknown;
  readonly TimeToLiveSpecification?: { AttributeName?: string; Enabled?: unknown };
  readonly PointInTimeRecoverySpecification?: { PointInTimeRecoveryEnabled?: unknown };
}

interface ReplicaProperties {
  readonly Region?: string;
  readonly PointInTimeRecoverySpecification?: { PointInTimeRecoveryEnabled?: unknown };
  readonly DeletionProtectionEnabled?: unknown;
  readonly TableClass?: string;
  readonly Tags?: TableInput['Tags'];
}

/** What `Ref` and `Fn::GetAtt` give for a table. A name that is not a plain text gets a derived one, as a missing name does. */
export function identifyTable(resource: TemplateResource, account: LocalAccount): ResourceIdentity {
  const properties = resource.properties as unknown as Partial<TableProperties>;
  const name = typeof properties.TableName === 'string' ? properties.TableName : derivedName(resource);
  const arn = tableArn(account, name);
  const hasStream = properties.StreamSpecification !== undefined;
  return {
    ref: name,
    attributes: {
      Arn: arn,
      ...(hasStream && { StreamArn: `${arn}/stream/${TEMPLATE_STREAM_LABEL}` }),
      ...(resource.type === 'AWS::DynamoDB::GlobalTable' && { TableId: stableUuid(resource) }),
    },
  };
}

export function tableArn(account: LocalAccount, name: string): string {
  return `arn:${account.partition}:dynamodb:${account.region}:${account.accountId}:table/${name}`;
}

/** The settings of a resolved `AWS::DynamoDB::Table` or `AWS::DynamoDB::GlobalTable`. */
export function templateTableSettings(resource: ResolvedResource, account: LocalAccount): TableSettings {
  const properties = withReplica(resource, account);
  const ttl = properties.TimeToLiveSpecification;
  const ttlEnabled = ttl?.AttributeName !== undefined && (ttl.Enabled === undefined || isTrue(ttl.Enabled));
  return {
    ...tableSettings(resource.ref, properties),
    pointInTimeRecovery: isTrue(properties.PointInTimeRecoverySpecification?.PointInTimeRecoveryEnabled),
    ...(ttlEnabled && { ttlAttribute: ttl.AttributeName }),
  };
}

/** A global table keeps some settings with its replicas; the one of our region counts. */
function withReplica(resource: ResolvedResource, account: LocalAccount): TableProperties {
  const properties = resource.properties as unknown as TableProperties & { Replicas?: readonly ReplicaProperties[] };
  if (resource.type !== 'AWS::DynamoDB::GlobalTable') return properties;
  const replicas = properties.Replicas ?? [];
  const replica = replicas.find((candidate) => candidate.Region === account.region) ?? replicas[0] ?? {};
  const { PointInTimeRecoverySpecification, DeletionProtectionEnabled, TableClass, Tags } = replica;
  return {
    ...properties,
    ...(PointInTimeRecoverySpecification && { PointInTimeRecoverySpecification }),
    ...(DeletionProtectionEnabled !== undefined && { DeletionProtectionEnabled }),
    ...(TableClass && { TableClass }),
    ...(Tags && { Tags }),
  };
}

function derivedName(resource: TemplateResource): string {
  const suffix = `-${digest(resource).slice(0, 8)}`;
  return `${resource.stackName}-${resource.logicalId}`.slice(0, MAX_NAME_LENGTH - suffix.length) + suffix;
}

function stableUuid(resource: TemplateResource): string {
  return digest(resource).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}

function digest(resource: TemplateResource): string {
  return createHash('sha256').update(`${resource.stackName}/${resource.logicalId}`).digest('hex');
}
