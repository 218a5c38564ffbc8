import { Aspects, type IAspect, Token } from 'aws-cdk-lib';
import { CfnRole, type IPrincipal, PolicyDocument, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import type { Construct, IConstruct } from 'constructs';

/** Exactly these actions on exactly these resources. */
export interface Grant {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** As in a policy. @default none */
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** A role, and a way to let it do more before synthesis. */
export interface GrantedRole {
  readonly role: Role;
  readonly allow: (grant: Grant) => void;
}

/**
 * Characters of the grants that a role carries itself: IAM takes 10,240 in all ("IAM and AWS STS quotas"), and whoever uses the
 * construct may grant the role more.
 */
const maxOwnCharacters = 6_000;
/** What an ARN of the template is reckoned to become. */
const arnCharacters = 150;

const charactersOf = ({ actions, resources, conditions = {} }: Grant): number =>
  actions.join('","').length +
  resources.reduce((sum, resource) => sum + (Token.isUnresolved(resource) ? arnCharacters : resource.length), 0) +
  JSON.stringify(conditions).length;

const statementOf = ({ actions, resources, conditions }: Grant): PolicyStatement =>
  new PolicyStatement({ actions: [...actions], resources: [...resources], ...(conditions && { conditions }) });

/** Puts the grants, when all are known, where they fit: into the role itself, or into policies beside it, which CDK splits. */
class GrantsAspect implements IAspect {
  private readonly role: Role;
  private readonly grants: readonly Grant[];
  private placed = false;

  constructor(role: Role, grants: readonly Grant[]) {
    this.role = role;
    this.grants = grants;
  }

  visit(node: IConstruct): void {
    if (node !== this.role || this.placed) return;
    this.placed = true;
    const resource = this.role.node.defaultChild;
    const fit = this.grants.reduce((sum, grant) => sum + charactersOf(grant), 0) <= maxOwnCharacters;
    if (fit && resource instanceof CfnRole) {
      const policyDocument = new PolicyDocument({ statements: this.grants.map(statementOf) });
      resource.policies = [{ policyName: 'Grants', policyDocument }];
    } else {
      for (const grant of this.grants) this.role.addToPolicy(statementOf(grant));
    }
  }
}

/** Before CDK looks whether the policy beside the role has to be split. */
const priority = 100;

/**
 * Makes a role that may do nothing but what is listed. It carries its grants itself, as long as they are not too many: a policy
 * beside each role would be one more of the 500 resources that a stack takes.
 */
export const createRole = (scope: Construct, id: string, assumedBy: IPrincipal, first: readonly Grant[]): GrantedRole => {
  const grants = [...first];
  const role = new Role(scope, id, { assumedBy });
  Aspects.of(role).add(new GrantsAspect(role, grants), { priority });
  return {
    role,
    allow: (grant) => {
      grants.push(grant);
    },
  };
};
