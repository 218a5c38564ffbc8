import type { Naming } from './caller.ts';
import type { AccessRequest, Statement } from './statement-matching.ts';

/** The policies that have a say in a request, each made ready by `compilePolicy`. */
export interface PolicySet {
  /** What the caller's role has. */
  readonly identity: readonly Statement[];
  /** What the caller's role may have at most. @default - no bound */
  readonly boundary?: readonly Statement[] | undefined;
  /** What hangs on the resource. @default - nothing */
  readonly resource?: readonly Statement[] | undefined;
}

/** Why AWS would let a request pass or not; the reasons are AWS's own words. */
export type AccessAnswer = { readonly allowed: true } | { readonly allowed: false; readonly reason: string };

const allowed: AccessAnswer = { allowed: true };

/**
 * Decides as IAM does: an explicit deny wins, then an allow counts, and without one the request is denied.
 *
 * @param resourceAccountId the account that owns the resource
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function evaluatePolicies(request: AccessRequest, policies: PolicySet, resourceAccountId: string): AccessAnswer {
  const denier = findDenier(request, policies);
  if (denier !== undefined) return { allowed: false, reason: `with an explicit deny in ${denier}` };
  const { caller, action } = request;
  const grants = grantsOfResource(request, policies.resource);
  if (caller.kind !== 'role') return grants.size > 0 ? allowed : denied('resource-based policy', action);
  const byIdentity = allows(policies.identity, request);
  const sameAccount = caller.accountId === resourceAccountId;
  // What is granted to a session itself needs nothing else, not even the boundary's consent.
  if (sameAccount && grants.has('session')) return allowed;
  if (!byIdentity && !(sameAccount && grants.has('role'))) return denied('identity-based policy', action);
  if (!sameAccount && grants.size === 0) return denied('resource-based policy', action);
  return policies.boundary === undefined || allows(policies.boundary, request) ? allowed : denied('permissions boundary', action);
}

function findDenier(request: AccessRequest, { identity, boundary = [], resource = [] }: PolicySet): string | undefined {
  const denies = (statement: Statement): boolean => statement.effect === 'Deny' && statement.applies(request);
  if (identity.some(denies)) return 'an identity-based policy';
  if (resource.some((statement) => statement.names(request.caller) !== undefined && denies(statement))) return 'a resource-based policy';
  return boundary.some(denies) ? 'a permissions boundary' : undefined;
}

const allows = (statements: readonly Statement[], request: AccessRequest): boolean =>
  statements.some((statement) => statement.effect === 'Allow' && statement.applies(request));

/** By which names the resource's policy allows the caller. */
function grantsOfResource(request: AccessRequest, statements: readonly Statement[] = []): ReadonlySet<Naming> {
  const grants = new Set<Naming>();
  for (const statement of statements) {
    const naming = statement.effect === 'Allow' ? statement.names(request.caller) : undefined;
    if (naming !== undefined && statement.applies(request)) grants.add(naming);
  }
  return grants;
}

const denied = (missing: string, action: string): AccessAnswer => ({
  allowed: false,
  reason: `because no ${missing} allows the ${action} action`,
});
