import { runUnsafeSimulation } from '@cloud-copilot/iam-simulate';
import type { PolicyDocument } from './policy-document.ts';
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
  const { role, resourceArn, resourcePolicy } = question;
  const owner = resourceArn.split(':')[4] || question.accountId;
  return runUnsafeSimulation(
    {
      request: {
        principal: question.principalArn,
        action: question.action,
        resource: { resource: resourceArn, accountId: owner },
        contextVariables: { ...question.context },
      },
      identityPolicies: role.policies.map(({ name, document }) => ({ name, policy: document })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(resourcePolicy && { resourcePolicy }),
      ...(boundary && { permissionBoundaryPolicies: [{ name: boundary.name, policy: boundary.document }] }),
    },
    {},
  );
}
