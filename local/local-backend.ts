import { variables } from '../contracts/variables.ts';
import { Clock } from './clock.ts';
import { Disposal } from './disposal.ts';
import { AwsCredentialStore, type RootCredentials } from './http/aws-credentials.ts';
import { AwsEndpoint } from './http/aws-endpoint.ts';
import { plinthTools } from './http/aws-tools.ts';
import type { Traffic } from './http/aws-traffic.ts';
import { Inbox } from './inbox.ts';
import { InboxStore } from './inbox-store.ts';
import { type LocalLog, silentLog } from './log.ts';
import { RecentLog } from './recent-log.ts';
import { type ReservedPort, reservePort } from './reserve-port.ts';
import { ServiceSet } from './service-set.ts';
import type { AccessReport } from './services/iam/access-report.ts';
import { Iam } from './services/iam/iam.ts';
import { iamResourceTypes, identifyIam } from './services/iam/iam-resources.ts';
import { backingServices, frontServices } from './services/registry.ts';
import type { LocalAccount, LocalAddresses } from './services/service.ts';
import { StateFolder } from './state-folder.ts';
import { type Assembly, readAssembly } from './template/read-assembly.ts';
import { type ResolvedAssembly, resolveAssembly } from './template/resolve-assembly.ts';
import type { Identify } from './template/stack-scope.ts';

export interface LocalOptions {
  /** The folder that `cdk synth` wrote. */
  readonly assembly: string;
  /** Runs only this stack and the stacks that it depends on. @default - all stacks of the app */
  readonly stack?: string;
  /** Where the data is kept. @default - in memory */
  readonly folder?: string;
  /** @default 0, any free port */
  readonly apiPort?: number;
  /** Port of the AWS endpoint and the inbox. @default 0, any free port */
  readonly awsPort?: number;
  /** @default - nothing is written */
  readonly log?: LocalLog;
  /** @default - the machine's time */
  readonly clock?: Clock;
  /** Variables for all functions beside their own, for example `AWS_ENDPOINT_URL_DYNAMODB` of a fault proxy. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Values for the template's parameters, over their defaults. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** A backend that runs on this machine. */
export interface LocalBackend {
  /** `http://127.0.0.1:<port>` */
  readonly apiUrl: string;
  /** The AWS endpoint, for SDK clients with {@link LocalBackend.credentials}. The inbox page is at `/_plinth/` below it. */
  readonly endpointUrl: string;
  readonly region: string;
  /** The outputs of the stacks by name. Where two stacks have one of the same name, both are `Stack.Name` only. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly inbox: Inbox;
  readonly clock: Clock;
  /** The account's root: may do everything. */
  readonly credentials: RootCredentials;
  /** What the roles did since the start, set against what they may do. */
  accessReport(): AccessReport;
  /** Requests to the AWS endpoint since the start or the last reset, by `service:Operation`. */
  counts(): Readonly<Record<string, Traffic>>;
  resetCounts(): void;
  /** Everything that is stored, by service. */
  dump(): Promise<Readonly<Record<string, unknown>>>;
  /** Lets requests in flight finish, then closes the stores. */
  dispose(): Promise<void>;
}

const DEFAULT_ACCOUNT = { accountId: '000000000000', region: 'us-east-1', partition: 'aws' };

/**
 * Runs a synthesized CDK app on this machine.
 *
 * @throws StartError when the assembly, a port or the data folder can't be had
 * @throws TemplateError when the template holds what can't be resolved
 */
export async function startLocal(options: LocalOptions): Promise<LocalBackend> {
  const log = new RecentLog(options.log ?? silentLog);
  const disposal = new Disposal(log);
  try {
    return await start(options, log, disposal);
  } catch (error) {
    await disposal.run();
    throw error;
  }
}

async function start(options: LocalOptions, log: RecentLog, disposal: Disposal): Promise<LocalBackend> {
  const assembly = readAssembly(options.assembly, { stack: options.stack });
  const state = openState(options.folder, disposal);
  const ports = { api: await reserve(options.apiPort, disposal), aws: await reserve(options.awsPort, disposal) };
  const addresses = { apiUrl: `http://127.0.0.1:${ports.api.port}`, endpointUrl: `http://127.0.0.1:${ports.aws.port}` };
  const account = accountOf(assembly);
  const resolved = resolve(assembly, { account, addresses, options, log });
  const clock = options.clock ?? new Clock();
  const inbox = state === undefined ? new Inbox() : new InboxStore(state.file('inbox.jsonl'));
  const iam = new Iam(resolved.resources, { account, clock, log });
  const credentials = new AwsCredentialStore(iam.root);
  const services = new ServiceSet(
    {
      account,
      clock,
      log,
      inbox,
      endpointUrl: addresses.endpointUrl,
      ports: { api: ports.api.port },
      environment: { [variables.localMode]: '1', ...options.environment },
      assetPath: (s3Key) => assembly.assetPath(s3Key),
      authorizeService: (service, action, resourceArn, sourceArn) => iam.authorizeService(service, action, resourceArn, sourceArn),
      authorize: (principal, action, resourceArn, condition) => iam.authorize(principal, action, resourceArn, condition),
      keyOwner: (accessKeyId) => credentials.owner(accessKeyId),
      credentialsFor: (roleArn, sessionName) => credentials.ofSession(iam.assumedRole(roleArn, sessionName)),
    },
    state,
    disposal,
  );
  const dump = (): Promise<Record<string, unknown>> => services.dump();
  const accessReport = (): AccessReport => iam.report();
  if (state !== undefined) disposal.add('access report', () => state.writePrivate('access-report.json', accessReport()));
  const tools = plinthTools({ inbox, clock, logs: () => log.entries, dump, accessReport });
  const endpoint = new AwsEndpoint({ iam, credentials, log, tools });

  for (const type of backingServices) endpoint.add(type.signingName, await services.start(type, resolved.resources));
  await ports.aws.release();
  await endpoint.listen(ports.aws.port);
  disposal.add('AWS endpoint', () => endpoint.dispose());
  await ports.api.release();
  for (const type of frontServices) endpoint.add(type.signingName, await services.start(type, resolved.resources));

  const outputs = mergeOutputs(resolved.outputs);
  if (state !== undefined)
    announce(state, { pid: process.pid, ...addresses, region: account.region, credentials: credentials.root, outputs }, disposal);
  return {
    ...addresses,
    region: account.region,
    outputs,
    inbox,
    clock,
    credentials: credentials.root,
    accessReport,
    counts: () => endpoint.traffic.counts(),
    resetCounts: () => endpoint.traffic.reset(),
    dump,
    dispose: () => disposal.run(),
  };
}

function resolve(
  assembly: Assembly,
  { account, addresses, options, log }: { account: LocalAccount; addresses: LocalAddresses; options: LocalOptions; log: LocalLog },
): ResolvedAssembly {
  const { parameters = {} } = options;
  const warn = (message: string): void => log.warn('local', message);
  const resolved = resolveAssembly(assembly, { account, addresses, identifyOf, parameters, warn });
  for (const [type, count] of resolved.notRun) warn(`not run locally: ${type} (${count})`);
  return resolved;
}

function openState(folder: string | undefined, disposal: Disposal): StateFolder | undefined {
  if (folder === undefined) return undefined;
  const state = StateFolder.open(folder);
  disposal.add('data folder', () => state.release());
  return state;
}

async function reserve(port: number | undefined, disposal: Disposal): Promise<ReservedPort> {
  const reserved = await reservePort(port ?? 0);
  disposal.add('port', () => reserved.release());
  return reserved;
}

/** Tells other commands on this machine how to reach the backend. */
function announce(state: StateFolder, runtime: Readonly<Record<string, unknown>>, disposal: Disposal): void {
  state.writePrivate('runtime.json', runtime);
  disposal.add('announcement', () => state.remove('runtime.json'));
}

/** A stack with an environment has its account and region in many texts, so the run takes the same. */
function accountOf({ stacks }: Assembly): LocalAccount {
  const accountId = stacks.find((stack) => stack.accountId !== undefined)?.accountId ?? DEFAULT_ACCOUNT.accountId;
  const region = stacks.find((stack) => stack.region !== undefined)?.region ?? DEFAULT_ACCOUNT.region;
  return { ...DEFAULT_ACCOUNT, accountId, region };
}

function identifyOf(type: string): Identify | undefined {
  if (iamResourceTypes.includes(type)) return identifyIam;
  return [...backingServices, ...frontServices].find(({ resourceTypes }) => resourceTypes.includes(type))?.identify;
}

function mergeOutputs(byStack: ResolvedAssembly['outputs']): Record<string, string> {
  const merged: Record<string, string> = {};
  const doubles = new Set<string>();
  for (const [stack, outputs] of Object.entries(byStack)) {
    for (const [name, value] of Object.entries(outputs)) {
      if (name in merged) doubles.add(name);
      merged[name] = String(value);
      merged[`${stack}.${name}`] = String(value);
    }
  }
  for (const name of doubles) delete merged[name];
  return merged;
}
