import type { LocalLog } from '../../log.ts';
import { StartError } from '../../start-error.ts';
import type { ResolvedResource } from '../service.ts';
import { awsManagedPolicy } from './aws-managed-policies.ts';
import { listOf, type PolicyDocument, PolicyError } from './policy-document.ts';
import { compilePolicy, type Statement } from './statement-matching.ts';

/** A policy that a role has. */
export interface AttachedPolicy {
  readonly name: string;
  readonly document: PolicyDocument;
  readonly statements: readonly Statement[];
  /** Whether AWS wrote it: then it grants more than its user asked for. */
  readonly awsManaged: boolean;
}

/** A role of the template with everything that it may do. */
export interface Role {
  readonly name: string;
  readonly arn: string;
  /** For example `AROA…`, the first half of `aws:userid`. */
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly policies: readonly AttachedPolicy[];
  readonly boundary: AttachedPolicy | undefined;
}

/**
 * The roles of a template by name, each with its inline, attached and managed policies.
 *
 * @throws StartError when IAM would not store one of the policies
 */
export function readRoles(resources: readonly ResolvedResource[], log: LocalLog): Map<string, Role> {
  const managed = new Map<string, AttachedPolicy>();
  for (const resource of resources) {
    if (resource.type === 'AWS::IAM::ManagedPolicy')
      managed.set(resource.ref, attached(resource.ref, resource.properties['PolicyDocument']));
  }
  const policyByArn = (arn: string): AttachedPolicy[] => {
    const known = managed.get(arn);
    if (known !== undefined) return [known];
    const document = awsManagedPolicy(arn);
    if (document !== undefined) return [{ ...attached(arn, document), awsManaged: true }];
    log.warn('iam', `the content of ${arn} is not known locally: it grants nothing`);
    return [];
  };
  const roles = resources.filter(({ type }) => type === 'AWS::IAM::Role');
  return new Map(roles.map((role) => [role.ref, readRole(role, resources, policyByArn)]));
}

interface Tag {
  readonly Key: string;
  readonly Value: string;
}

function readRole(role: ResolvedResource, resources: readonly ResolvedResource[], policyByArn: (arn: string) => AttachedPolicy[]): Role {
  const { properties } = role;
  const inline = listOf(properties['Policies'] as readonly { PolicyName: string; PolicyDocument: unknown }[] | undefined);
  const boundaryArn = properties['PermissionsBoundary'];
  return {
    name: role.ref,
    arn: role.attributes['Arn'] ?? '',
    id: role.attributes['RoleId'] ?? '',
    tags: Object.fromEntries(listOf(properties['Tags'] as readonly Tag[] | undefined).map(({ Key, Value }) => [Key, Value])),
    boundary: typeof boundaryArn === 'string' ? policyByArn(boundaryArn)[0] : undefined,
    policies: [
      ...inline.map((policy) => attached(policy.PolicyName, policy.PolicyDocument)),
      ...listOf(properties['ManagedPolicyArns'] as readonly string[] | undefined).flatMap(policyByArn),
      ...resources
        .filter((resource) => namesRole(resource, role.ref))
        .map(({ ref, properties: own }) => attached(ref, own['PolicyDocument'])),
    ],
  };
}

function namesRole({ type, properties }: ResolvedResource, roleName: string): boolean {
  if (type === 'AWS::IAM::RolePolicy') return properties['RoleName'] === roleName && properties['PolicyDocument'] !== undefined;
  if (type !== 'AWS::IAM::Policy' && type !== 'AWS::IAM::ManagedPolicy') return false;
  return listOf(properties['Roles'] as readonly string[] | undefined).includes(roleName);
}

function attached(name: string, source: unknown): AttachedPolicy {
  const document = source as PolicyDocument;
  return { name, document, statements: compileAttached(name, document), awsManaged: false };
}

/**
 * Makes a policy of the template ready.
 *
 * @throws StartError when IAM would not store it
 */
export function compileAttached(name: string, document: PolicyDocument): readonly Statement[] {
  try {
    return compilePolicy(document);
  } catch (cause) {
    if (!(cause instanceof PolicyError)) throw cause;
    throw new StartError(
      `The policy ${name} is not valid: ${cause.message}.`,
      'Mend it where it is defined: a deployment would fail too.',
      {
        cause,
      },
    );
  }
}
