import { generatedName, stableId } from '../../template/stable-id.ts';
import { serverUrl } from '../server-url.ts';
import type { LocalAccount, LocalAddresses, ResourceIdentity, TemplateResource } from '../service.ts';
import { text } from './function-definition.ts';

const MAX_NAME_LENGTH = 64;

/** `arn:aws:lambda:<region>:<account>:` */
export function lambdaArnPrefix({ partition, region, accountId }: LocalAccount): string {
  return `arn:${partition}:lambda:${region}:${accountId}:`;
}

/** The ARN of a function that a template names by its name or its ARN. */
export function functionArn(nameOrArn: string, account: LocalAccount): string {
  return nameOrArn.startsWith('arn:') ? nameOrArn : `${lambdaArnPrefix(account)}function:${nameOrArn}`;
}

/** What `Ref` and `Fn::GetAtt` give for the Lambda resources of a template. */
export function identifyLambdaResource(resource: TemplateResource, account: LocalAccount, addresses: LocalAddresses): ResourceIdentity {
  const { properties } = resource;
  const prefix = lambdaArnPrefix(account);
  const owner = functionArn(text(properties['FunctionName']) ?? '', account);
  switch (resource.type) {
    case 'AWS::Lambda::Function': {
      const name = text(properties['FunctionName']) ?? generatedName(resource, MAX_NAME_LENGTH);
      return { ref: name, attributes: { Arn: `${prefix}function:${name}` } };
    }
    case 'AWS::Lambda::Alias': {
      const arn = `${owner}:${text(properties['Name']) ?? resource.logicalId}`;
      return { ref: arn, attributes: { AliasArn: arn } };
    }
    case 'AWS::Lambda::Version':
      // Local mode runs what was synthesized, so there is one version of it.
      return { ref: `${owner}:1`, attributes: { Version: '1', FunctionArn: `${owner}:1` } };
    case 'AWS::Lambda::EventSourceMapping': {
      const id = uuid(stableId(resource, 32));
      return { ref: id, attributes: { Id: id, EventSourceMappingArn: `${prefix}event-source-mapping:${id}` } };
    }
    case 'AWS::Lambda::Url': {
      const qualifier = text(properties['Qualifier']);
      const arn = functionArn(text(properties['TargetFunctionArn']) ?? '', account) + (qualifier === undefined ? '' : `:${qualifier}`);
      return { ref: arn, attributes: { FunctionArn: arn, FunctionUrl: `${serverUrl(resource, addresses)}/` } };
    }
    case 'AWS::Lambda::LayerVersion': {
      const arn = `${prefix}layer:${text(properties['LayerName']) ?? generatedName(resource, MAX_NAME_LENGTH)}:1`;
      return { ref: arn, attributes: { LayerVersionArn: arn } };
    }
    default:
      return { ref: generatedName(resource, MAX_NAME_LENGTH), attributes: { Id: generatedName(resource, MAX_NAME_LENGTH) } };
  }
}

const uuid = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
