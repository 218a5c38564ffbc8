import type { ResolvedResource } from '../service.ts';
import { listOf, type PolicyStatement } from './policy-document.ts';
import { patternTest } from './policy-text.ts';
import type { Role } from './roles.ts';

/** One thing that a role did, or may do; in a grant the action and the resource may hold `*`. */
export interface Access {
  readonly role: string;
  readonly action: string;
  readonly resource: string;
}

/** What the roles of a run did, set against what they may do. */
export interface AccessReport {
  readonly used: readonly Access[];
  readonly denied: readonly Access[];
  readonly granted: readonly Access[];
  /**
   * Grants of the template's own policies that nothing used. Left out: AWS's managed policies, which nobody can narrow,
   * and what Lambda itself does in a function's name, its logs and traces, which takes another way here.
   */
  readonly unused: readonly Access[];
  /** What the template calls them: the logical id by a role's name and by an ARN, with the attribute where it is not `Arn`. */
  readonly names: Readonly<Record<string, string>>;
}

/** Compares grants and uses. */
export function accessReport(
  roles: Iterable<Role>,
  { used, denied, resources }: Pick<AccessReport, 'used' | 'denied'> & { readonly resources: readonly ResolvedResource[] },
): AccessReport {
  const grants = [...roles].flatMap((role) => grantsOf(role));
  const byRole = Map.groupBy(used, ({ role }) => role);
  const isUsed = (grant: Access): boolean => (byRole.get(grant.role) ?? []).some(coveredBy(grant));
  return {
    used,
    denied,
    granted: grants.map(({ grant }) => grant),
    unused: grants.filter(({ own, grant }) => own && !isOfPlatform(grant) && !isUsed(grant)).map(({ grant }) => grant),
    names: namesOf(resources),
  };
}

/**
 * What the template calls a role, by its name, or a resource, by an ARN of it or within it.
 *
 * @returns the text itself where the template has no name for it
 */
export function templateName(text: string, names: AccessReport['names']): string {
  const known = Object.keys(names).reduce((best, name) => (text.startsWith(name) && name.length > best.length ? name : best), '');
  return known === '' ? text : `${names[known]}${text.slice(known.length)}`;
}

const isArn = (text: string): boolean => text.startsWith('arn:');

function namesOf(resources: readonly ResolvedResource[]): Record<string, string> {
  const names = resources.flatMap(({ type, logicalId, ref, attributes }): (readonly [string, string])[] => [
    ...(type === 'AWS::IAM::Role' ? [[ref, logicalId] as const] : []),
    ...Object.entries(attributes)
      .filter(([, value]) => isArn(value))
      .map(([attribute, arn]) => [arn, attribute === 'Arn' ? logicalId : `${logicalId}.${attribute}`] as const),
    ...(isArn(ref) ? [[ref, logicalId] as const] : []),
  ]);
  return Object.fromEntries(names);
}

function grantsOf(role: Role): { readonly own: boolean; readonly grant: Access }[] {
  return role.policies.flatMap(({ document, awsManaged }) =>
    listOf(document.Statement)
      .filter(({ Effect }) => Effect === 'Allow')
      .flatMap((statement) => pairs(statement).map((pair) => ({ own: !awsManaged, grant: { role: role.name, ...pair } }))),
  );
}

/** `NotAction` and `NotResource` grant everything else, which shows as `*`. */
function pairs(statement: PolicyStatement): { readonly action: string; readonly resource: string }[] {
  const actions = statement.NotAction === undefined ? listOf(statement.Action) : ['*'];
  const resources = statement.NotResource === undefined ? listOf(statement.Resource) : ['*'];
  return actions.flatMap((action) => resources.map((resource) => ({ action, resource })));
}

/** Tells of what its role did whether it is by this grant. */
function coveredBy(grant: Access): (use: Access) => boolean {
  const [fitsAction, fitsResource] = [patternTest(grant.action.toLowerCase()), patternTest(grant.resource)];
  return ({ action, resource }) => fitsAction(action.toLowerCase()) && fitsResource(resource);
}

const isOfPlatform = ({ action }: Access): boolean => /^(logs:(CreateLogGroup|CreateLogStream|PutLogEvents)|xray:.*)$/i.test(action);
