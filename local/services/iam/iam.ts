import type { Clock } from '../../clock.ts';
import type { LocalLog } from '../../log.ts';
import { AwsError, type LocalAccount, type Principal, type ResolvedResource } from '../service.ts';
import { type Access, type AccessReport, accessReport } from './access-report.ts';
import { type AccessAnswer, evaluatePolicies } from './policy-evaluator.ts';
import { type ContextValues, RequestContext } from './request-context.ts';
import { readResourcePolicies } from './resource-policies.ts';
import { type Role, readRoles } from './roles.ts';
import type { Statement } from './statement-matching.ts';

export interface IamOptions {
  readonly account: LocalAccount;
  readonly clock: Clock;
  readonly log: LocalLog;
}

interface KnownRole {
  readonly role: Role;
  readonly identity: readonly Statement[];
  readonly boundary: readonly Statement[] | undefined;
  /** Answers that hold for good, by action and resource. */
  readonly answers: Map<string, AccessAnswer>;
  /** Whether an answer for this action depends on more than action and resource. */
  readonly conditional: Map<string, boolean>;
}

/** How many answers a role keeps before it starts anew: object keys are resources too, and there is no end to them. */
const MAX_ANSWERS = 10_000;

/** Decides what the roles of the template may do, and remembers what they did. */
export class Iam {
  readonly #options: IamOptions;
  #resources: readonly ResolvedResource[] = [];
  #roles: ReadonlyMap<string, KnownRole> = new Map();
  #resourcePolicyOf: (resourceArn: string) => readonly Statement[] | undefined = () => undefined;
  readonly #byPrincipal = new Map<string, KnownRole>();
  readonly #used = new Map<string, Access>();
  readonly #denied = new Map<string, Access>();

  constructor(resources: readonly ResolvedResource[], options: IamOptions) {
    this.#options = options;
    this.use(resources);
  }

  /** Goes by the policies of these resources from now on: more of the template is known. */
  use(resources: readonly ResolvedResource[]): void {
    this.#resources = resources;
    const roles = [...readRoles(resources, this.#options.log)];
    this.#roles = new Map(roles.map(([name, role]) => [name, known(role)]));
    this.#resourcePolicyOf = readResourcePolicies(resources, this.#options.account);
    this.#byPrincipal.clear();
  }

  /** The root of the account: the person at the machine, who may do everything. */
  get root(): Principal {
    const { partition, accountId } = this.#options.account;
    return { arn: `arn:${partition}:iam::${accountId}:root` };
  }

  /** A role in a session, as `sts:GetCallerIdentity` shows it. */
  assumedRole(roleArn: string, sessionName: string): Principal {
    const { partition, accountId } = this.#options.account;
    return { arn: `arn:${partition}:sts::${accountId}:assumed-role/${roleArn.split('/').at(-1)}/${sessionName}` };
  }

  /**
   * @param principal undefined: somebody without credentials
   * @param context the service's own condition keys
   * @throws AwsError `AccessDeniedException` in AWS's words
   */
  authorize(principal: Principal | undefined, action: string, resourceArn: string, context: ContextValues = {}): void {
    if (principal === undefined) {
      this.#authorizeAnyone(action, resourceArn, context);
      return;
    }
    if (principal.arn.endsWith(':root')) return;
    const role = this.#byPrincipal.get(principal.arn) ?? this.#find(principal.arn);
    const key = `${action} ${resourceArn}`;
    const answer = role.answers.get(key) ?? this.#ask(role, principal, { action, resourceArn, key, context });
    if (answer.allowed) return;
    throw new AwsError(
      'AccessDeniedException',
      `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resourceArn} ${answer.reason}`,
    );
  }

  /**
   * What a service of AWS may do goes by the resource's own policy alone.
   *
   * @throws AwsError `AccessDeniedException` in AWS's words
   */
  authorizeService(service: string, action: string, resourceArn: string, sourceArn: string, more: ContextValues = {}): void {
    const { account } = this.#options;
    const context = new RequestContext({
      'aws:SourceArn': sourceArn,
      'aws:SourceAccount': account.accountId,
      'aws:SecureTransport': 'true',
      'aws:PrincipalIsAWSService': 'true',
      ...more,
    });
    const answer = evaluatePolicies(
      { caller: { kind: 'service', service }, action, resourceArn, context },
      { identity: [], boundary: undefined, resource: this.#resourcePolicyOf(resourceArn) },
      account.accountId,
    );
    if (answer.allowed) return;
    throw new AwsError('AccessDeniedException', `${service} is not authorized to perform: ${action} on resource: ${resourceArn}`);
  }

  /** What the roles did since the start, set against what they may do. */
  report(): AccessReport {
    const roles = [...this.#roles.values()].map(({ role }) => role);
    return accessReport(roles, { used: [...this.#used.values()], denied: [...this.#denied.values()], resources: this.#resources });
  }

  /** What somebody without credentials may do goes by the resource's own policy alone. */
  #authorizeAnyone(action: string, resourceArn: string, context: ContextValues): void {
    const answer = evaluatePolicies(
      {
        caller: { kind: 'anonymous' },
        action,
        resourceArn,
        context: new RequestContext({ ...this.#surroundings(), 'aws:PrincipalType': 'Anonymous', ...context }),
      },
      { identity: [], boundary: undefined, resource: this.#resourcePolicyOf(resourceArn) },
      this.#options.account.accountId,
    );
    if (!answer.allowed) throw new AwsError('AccessDeniedException', 'Access Denied');
  }

  #ask(
    known: KnownRole,
    principal: Principal,
    question: { action: string; resourceArn: string; key: string; context: ContextValues },
  ): AccessAnswer {
    const { action, resourceArn, key } = question;
    const { account } = this.#options;
    const resource = this.#resourcePolicyOf(resourceArn);
    const answer = evaluatePolicies(
      {
        caller: { kind: 'role', accountId: account.accountId, roleArn: known.role.arn, sessionArn: principal.arn },
        action,
        resourceArn,
        context: new RequestContext({ ...this.#globalContext(known.role, principal), ...question.context }),
      },
      { identity: known.identity, boundary: known.boundary, resource },
      resourceArn.split(':')[4] || account.accountId,
    );
    const list = answer.allowed ? this.#used : this.#denied;
    if (list.size < MAX_ANSWERS) list.set(`${known.role.name} ${key}`, { role: known.role.name, action, resource: resourceArn });
    if (resource === undefined && !this.#isConditional(known, action)) {
      if (known.answers.size >= MAX_ANSWERS) known.answers.clear();
      known.answers.set(key, answer);
    }
    return answer;
  }

  #isConditional({ identity, boundary = [], conditional }: KnownRole, action: string): boolean {
    const remembered = conditional.get(action);
    if (remembered !== undefined) return remembered;
    const found = [...identity, ...boundary].some((statement) => statement.conditional && statement.concernsAction(action));
    conditional.set(action, found);
    return found;
  }

  /** The global condition keys that mean something on a laptop. */
  #globalContext(role: Role, principal: Principal): Record<string, string> {
    const { account } = this.#options;
    const tags = Object.entries(role.tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value]);
    return {
      ...Object.fromEntries(tags),
      'aws:userid': `${role.id}:${principal.arn.split('/').at(-1)}`,
      'aws:PrincipalType': 'AssumedRole',
      'aws:PrincipalArn': role.arn,
      'aws:PrincipalAccount': account.accountId,
      ...this.#surroundings(),
    };
  }

  /** The condition keys that are the same for everybody. */
  #surroundings(): Record<string, string> {
    const { account, clock } = this.#options;
    return {
      'aws:RequestedRegion': account.region,
      // Policies that insist on TLS are there for the deployed stack: locally no request leaves the machine.
      'aws:SecureTransport': 'true',
      'aws:SourceIp': '127.0.0.1',
      'aws:CurrentTime': new Date(clock.now()).toISOString(),
      'aws:EpochTime': String(Math.floor(clock.now() / 1_000)),
    };
  }

  #find(principalArn: string): KnownRole {
    const name = principalArn.split('/')[1] ?? '';
    let role = this.#roles.get(name);
    if (role === undefined) {
      this.#options.log.warn('iam', `the role ${name} is not in the template, so its policies are unknown: it may do nothing`);
      role = known({ name, arn: principalArn, id: '', tags: {}, policies: [], boundary: undefined });
    }
    this.#byPrincipal.set(principalArn, role);
    return role;
  }
}

const known = (role: Role): KnownRole => ({
  role,
  identity: role.policies.flatMap(({ statements }) => statements),
  boundary: role.boundary?.statements,
  answers: new Map(),
  conditional: new Map(),
});
