import { runUnsafeSimulation } from '@cloud-copilot/iam-simulate';
import { listOf, matchesPattern, type PolicyDocument, type PolicyStatement } from './policy-document.ts';
import type { Role } from './roles.ts';

export interface AccessQuestion {
  readonly principalArn: string;
  readonly role: Role;
  readonly action: string;
  readonly resourceArn: string;
  readonly accountId: string;
  readonly context: Readonly<Record<string, string | string[]>>;
  readonly resourcePolicy: PolicyDocument | undefined;
}

/** Why AWS would let a request pass or not; the reasons are AWS's own words. */
export type AccessAnswer = { readonly allowed: true } | { readonly allowed: false; readonly reason: string };

/** Asks the policy evaluation of `@cloud-copilot/iam-simulate`. No other file knows that library. */
export function simulate(question: AccessQuestion): AccessAnswer {
  const { role } = question;
  const result = evaluate(question, role.boundary);
  if (result === 'Allowed') return { allowed: true };
  if (result === 'ExplicitlyDenied') return { allowed: false, reason: 'with an explicit deny in an identity-based policy' };
  if (role.boundary !== undefined && evaluate(question, undefined) === 'Allowed') {
    return { allowed: false, reason: `because no permissions boundary allows the ${question.action} action` };
  }
  return { allowed: false, reason: `because no identity-based policy allows the ${question.action} action` };
}

function evaluate(question: AccessQuestion, boundary: Role['boundary']): ReturnType<typeof runUnsafeSimulation> {
  const { role, resourceArn } = question;
  const owner = resourceArn.split(':')[4] || question.accountId;
  return runUnsafeSimulation(
    {
      request: {
        principal: question.principalArn,
        action: question.action,
        resource: { resource: resourceArn, accountId: owner },
        contextVariables: { ...question.context },
      },
      identityPolicies: [...role.policies.map(({ name, document }) => ({ name, policy: document })), ...resourcePolicyFor(question)],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(boundary && { permissionBoundaryPolicies: [{ name: boundary.name, policy: boundary.document }] }),
    },
    {},
  );
}

/**
 * Within one account a resource's policy and a role's are one: either may allow, either may deny. So the statements that name the
 * caller are given as one more policy of the role; the library's synchronous call can't take them as what they are.
 */
function resourcePolicyFor({ resourcePolicy, role, principalArn }: AccessQuestion): { name: string; policy: unknown }[] {
  const named = listOf(resourcePolicy?.Statement).filter((statement) => namesCaller(statement, [role.arn, principalArn]));
  if (named.length === 0) return [];
  const statements = named.map(({ Principal: _, ...statement }) => statement);
  return [{ name: 'resource policy', policy: { Version: '2012-10-17', Statement: statements } }];
}

function namesCaller({ Principal: principal }: PolicyStatement, arns: readonly string[]): boolean {
  const listed =
    typeof principal === 'object' && principal !== null ? (principal as { AWS?: string | string[] }).AWS : (principal as string);
  return listOf(listed).some((pattern) => pattern === '*' || arns.some((arn) => matchesPattern(pattern, arn)));
}
