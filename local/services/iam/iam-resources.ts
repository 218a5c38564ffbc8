import { generatedName, stableId } from '../../template/stable-id.ts';
import type { LocalAccount, ResourceIdentity, TemplateResource } from '../service.ts';
import { resourcePolicyTypes } from './resource-policies.ts';

/** The types that say who may do what. */
export const iamResourceTypes = [
  'AWS::IAM::Role',
  'AWS::IAM::Policy',
  'AWS::IAM::RolePolicy',
  'AWS::IAM::ManagedPolicy',
  ...resourcePolicyTypes,
];

const MAX_ROLE_NAME_LENGTH = 64;
const MAX_POLICY_NAME_LENGTH = 128;

/** What `Ref` and `Fn::GetAtt` give for roles and policies. */
export function identifyIam(resource: TemplateResource, account: LocalAccount): ResourceIdentity {
  const { type, properties } = resource;
  const prefix = `arn:${account.partition}:iam::${account.accountId}:`;
  const path = typeof properties['Path'] === 'string' ? properties['Path'] : '/';
  if (type === 'AWS::IAM::Role') {
    const name = nameOf(properties['RoleName'], resource, MAX_ROLE_NAME_LENGTH);
    const roleId = `AROA${stableId(resource, 17).toUpperCase()}`;
    return { ref: name, attributes: { Arn: `${prefix}role${path}${name}`, RoleId: roleId } };
  }
  if (type === 'AWS::IAM::ManagedPolicy') {
    const arn = `${prefix}policy${path}${nameOf(properties['ManagedPolicyName'], resource, MAX_POLICY_NAME_LENGTH)}`;
    return { ref: arn, attributes: { PolicyArn: arn } };
  }
  if (resourcePolicyTypes.includes(type)) {
    const id = generatedName(resource, MAX_POLICY_NAME_LENGTH);
    return { ref: id, attributes: { Id: id } };
  }
  return { ref: nameOf(properties['PolicyName'], resource, MAX_POLICY_NAME_LENGTH), attributes: {} };
}

const nameOf = (own: unknown, resource: TemplateResource, maxLength: number): string =>
  typeof own === 'string' ? own : generatedName(resource, maxLength);
