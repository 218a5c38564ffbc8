import { listOf, type PolicyStatement } from './policy-document.ts';
import { fitsPattern } from './policy-text.ts';
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
}

/** Compares grants and uses. */
export function accessReport(roles: Iterable<Role>, used: readonly Access[], denied: readonly Access[]): AccessReport {
  const grants = [...roles].flatMap((role) => grantsOf(role));
  const isUsed = (grant: Access): boolean => used.some((use) => covers(grant, use));
  return {
    used,
    denied,
    granted: grants.map(({ grant }) => grant),
    unused: grants.filter(({ own, grant }) => own && !isOfPlatform(grant) && !isUsed(grant)).map(({ grant }) => grant),
  };
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

const covers = (grant: Access, use: Access): boolean =>
  grant.role === use.role && fitsPattern(grant.action.toLowerCase(), use.action.toLowerCase()) && fitsPattern(grant.resource, use.resource);

const isOfPlatform = ({ action }: Access): boolean => /^(logs:(CreateLogGroup|CreateLogStream|PutLogEvents)|xray:.*)$/i.test(action);
