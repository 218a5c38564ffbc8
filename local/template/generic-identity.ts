import type { LocalAccount, ResourceIdentity, TemplateResource } from '../services/service.ts';
import { generatedName, stableId } from './stable-id.ts';

interface Shape {
  /** The property that holds the physical name. */
  readonly nameProperty?: string;
  /** What `Ref` gives; the physical name by default. */
  readonly ref?: (names: Names) => string;
  readonly attributes: (names: Names) => Readonly<Record<string, string>>;
}

interface Names {
  readonly name: string;
  readonly id: string;
  /** `arn:aws:<service>:<region>:<account>:` */
  readonly prefix: (service: string) => string;
  readonly region: string;
}

const MAX_NAME_LENGTH = 63;

const named = (nameProperty: string, service: string, kind = ''): Shape => ({
  nameProperty,
  attributes: ({ name, prefix }) => ({ Arn: `${prefix(service)}${kind}${name}` }),
});

const refIsArn = (nameProperty: string, service: string, kind: string, attribute: string): Shape => ({
  nameProperty,
  ref: ({ name, prefix }) => `${prefix(service)}${kind}${name}`,
  attributes: ({ name, prefix }) => ({ [attribute]: `${prefix(service)}${kind}${name}`, Arn: `${prefix(service)}${kind}${name}` }),
});

/** Types that other resources and policies refer to although no local service owns them. */
const shapes: Readonly<Record<string, Shape>> = {
  'AWS::Logs::LogGroup': {
    nameProperty: 'LogGroupName',
    attributes: ({ name, prefix }) => ({ Arn: `${prefix('logs')}log-group:${name}:*` }),
  },
  'AWS::CloudFormation::Stack': {
    ref: ({ name, id, prefix }) => `${prefix('cloudformation')}stack/${name}/${uuid(id)}`,
    attributes: () => ({}),
  },
  'AWS::CloudWatch::Alarm': named('AlarmName', 'cloudwatch', 'alarm:'),
  'AWS::StepFunctions::StateMachine': refIsArn('StateMachineName', 'states', 'stateMachine:', 'StateMachineArn'),
  'AWS::KMS::Key': {
    ref: ({ id }) => uuid(id),
    attributes: ({ id, prefix }) => ({ Arn: `${prefix('kms')}key/${uuid(id)}`, KeyId: uuid(id) }),
  },
  'AWS::WAFv2::WebACL': {
    ...named('Name', 'wafv2', 'regional/webacl/'),
    attributes: ({ name, id, prefix }) => ({ Arn: `${prefix('wafv2')}regional/webacl/${name}/${uuid(id)}`, Id: uuid(id) }),
  },
  'AWS::AppSync::Api': {
    ref: ({ id, prefix }) => `${prefix('appsync')}apis/${id.slice(0, 26)}`,
    attributes: ({ id, prefix, region }) => ({
      ApiId: id.slice(0, 26),
      ApiArn: `${prefix('appsync')}apis/${id.slice(0, 26)}`,
      'Dns.Http': `${id.slice(0, 26)}.appsync-api.${region}.amazonaws.com`,
      'Dns.Realtime': `${id.slice(0, 26)}.appsync-realtime-api.${region}.amazonaws.com`,
    }),
  },
};

/** The property that names a resource of a type which no service owns, if the type has one. */
export const genericNameProperty = (type: string): string | undefined => shapes[type]?.nameProperty;

/** What `Ref` and `Fn::GetAtt` give for a resource that no local service owns: a name, and an ARN for the usual types. */
export function genericIdentity(resource: TemplateResource, account: LocalAccount): ResourceIdentity {
  const shape = shapes[resource.type];
  const own = shape?.nameProperty === undefined ? undefined : resource.properties[shape.nameProperty];
  const name = typeof own === 'string' ? own : generatedName(resource, MAX_NAME_LENGTH);
  const names: Names = {
    name,
    id: stableId(resource, 32),
    region: account.region,
    prefix: (service) => `arn:${account.partition}:${service}:${account.region}:${account.accountId}:`,
  };
  return { ref: shape?.ref?.(names) ?? name, attributes: shape?.attributes(names) ?? {} };
}

const uuid = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
