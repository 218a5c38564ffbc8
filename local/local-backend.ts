import { Clock } from './clock.ts';
import { CustomResourceAnswers } from './custom-resources/custom-resource-answers.ts';
import { CustomResourceStore } from './custom-resources/custom-resource-store.ts';
import { settleCustomResources } from './custom-resources/settle-custom-resources.ts';
import { Disposal } from './disposal.ts';
import { AwsCredentialStore, type RootCredentials } from './http/aws-credentials.ts';
import { AwsEndpoint } from './http/aws-endpoint.ts';
import { plinthTools } from './http/aws-tools.ts';
import type { Traffic } from './http/aws-traffic.ts';
import { Inbox } from './inbox.ts';
import { InboxStore } from './inbox-store.ts';
import { leaveAccessReport } from './leave-access-report.ts';
import { localVariables } from './local-variables.ts';
import { type LocalLog, silentLog } from './log.ts';
import { PaymentsStandIn } from './payments/payments-stand-in.ts';
import { RecentLog } from './recent-log.ts';
import { type ReservedPort, reservePort } from './reserve-port.ts';
import { ServerPorts } from './server-ports.ts';
import { ServiceSet, type SharedContext } from './service-set.ts';
import type { AccessReport } from './services/iam/access-report.ts';
import { Iam } from './services/iam/iam.ts';
import { iamResourceTypes, identifyIam } from './services/iam/iam-resources.ts';
import { lambda } from './services/lambda/lambda.ts';
import { LambdaService } from './services/lambda/lambda-service.ts';
import { backingServices, frontServices } from './services/registry.ts';
import type { LocalAccount, LocalAddresses, LocalService, ResolvedResource, ResourceIdentity } from './services/service.ts';
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
  /** Port of the first CloudFront distribution. @default 0, any free port */
  readonly cdnPort?: number;
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
  /** The first CloudFront distribution, `http://127.0.0.1:<port>`; undefined when the app has none. */
  readonly cdnUrl?: string;
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
  /**
   * Serves functions from other code, without a new start; running invocations finish with the old.
   *
   * @param folders by the key that the template has for the code
   * @returns the names of the functions
   */
  replaceCode(folders: ReadonlyMap<string, string>): Promise<readonly string[]>;
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
  const awsPort = await reserve(options.awsPort, disposal);
  const servers = new ServerPorts();
  disposal.add('ports', () => servers.release());
  await servers.reserve(assembly, { api: options.apiPort, cdn: options.cdnPort });
  const addresses = { apiUrl: servers.apiUrl, endpointUrl: `http://127.0.0.1:${awsPort.port}`, serverUrls: servers.urls };
  const account = accountOf(assembly);
  const resolve = resolver(assembly, { account, addresses, options, log });
  const first = resolve();
  assertStoresKnown(first);
  const clock = options.clock ?? new Clock();
  const inbox = state === undefined ? new Inbox() : new InboxStore(state.file('inbox.jsonl'));
  const iam = new Iam(first.resources, { account, clock, log });
  const credentials = new AwsCredentialStore(iam.root);
  const services = new ServiceSet(
    {
      account,
      clock,
      log,
      inbox,
      endpointUrl: addresses.endpointUrl,
      environment: { ...localVariables(addresses.endpointUrl), ...options.environment },
      assetPath: (s3Key) => assembly.assetPath(s3Key),
      ...accessOf(iam, credentials),
    },
    state,
    disposal,
  );
  log.redactor.watch(() => [credentials.secrets(), ...services.secrets()]);
  const custom = new CustomResourceStore(first.custom.length > 0 || state?.has(CUSTOM) ? state?.folderOf(CUSTOM) : undefined);
  const answers = new CustomResourceAnswers(addresses.endpointUrl);
  const payments = new PaymentsStandIn({ file: state?.file('payments.json'), clock, ...addresses });
  const dump = async (): Promise<Record<string, unknown>> => ({ ...(await services.dump()), [CUSTOM]: custom.dump() });
  const accessReport = (): AccessReport => iam.report();
  disposal.add('access report', () => leaveAccessReport(accessReport, state));
  const pages = plinthTools({ inbox, clock, logs: () => log.entries, dump, accessReport, serviceTool: (name) => services.tool(name) });
  const tools: typeof pages = (request, response) => {
    if (!answers.take(request, response) && !payments.take(request, response)) pages(request, response);
  };
  const endpoint = new AwsEndpoint({ iam, credentials, log, tools });

  for (const type of backingServices) endpoint.add(type.signingName, await services.start(type, first.resources));
  await awsPort.release();
  await endpoint.listen(awsPort.port);
  disposal.add('AWS endpoint', () => endpoint.dispose());
  const resolved = await settleCustomResources(first, {
    ...{ store: custom, answers, log },
    resolve: (results) => {
      const next = resolve(results);
      iam.use(next.resources);
      return next;
    },
    startFunctions: (resources) => startFunctionsApart(resources, services, endpoint),
  });
  tellGaps(resolved, log);
  await servers.release();
  for (const type of frontServices) endpoint.add(type.signingName, await services.start(type, resolved.resources));

  const outputs = mergeOutputs(resolved.outputs);
  const urls = {
    apiUrl: addresses.apiUrl,
    endpointUrl: addresses.endpointUrl,
    ...(servers.cdnUrl !== undefined && { cdnUrl: servers.cdnUrl }),
  };
  if (state !== undefined)
    announce(state, { pid: process.pid, ...urls, region: account.region, credentials: credentials.root, outputs }, disposal);
  return {
    ...urls,
    region: account.region,
    outputs,
    inbox,
    clock,
    credentials: credentials.root,
    accessReport,
    counts: () => endpoint.traffic.counts(),
    resetCounts: () => endpoint.traffic.reset(),
    replaceCode: (folders) => replaceCode(services, folders),
    dump,
    dispose: () => disposal.run(),
  };
}

/** How services ask for permissions and keys. */
function accessOf(iam: Iam, credentials: AwsCredentialStore): Pick<SharedContext, AccessMember> {
  return {
    authorizeService: (service, action, resourceArn, ...more) => iam.authorizeService(service, action, resourceArn, ...more),
    authorizeRole: (roleArn, sessionName, action, resourceArn) => iam.authorize(iam.assumedRole(roleArn, sessionName), action, resourceArn),
    authorize: (principal, action, resourceArn, condition) => iam.authorize(principal, action, resourceArn, condition),
    keyOwner: (accessKeyId) => credentials.owner(accessKeyId),
    credentialsFor: (roleArn, sessionName) => credentials.ofSession(iam.assumedRole(roleArn, sessionName)),
  };
}

type AccessMember = 'authorizeService' | 'authorizeRole' | 'authorize' | 'keyOwner' | 'credentialsFor';

/** Functions for custom resources alone: no event and no timer reaches them. */
async function startFunctionsApart(
  resources: readonly ResolvedResource[],
  services: ServiceSet,
  endpoint: AwsEndpoint,
): Promise<LocalService> {
  const functions = await services.startApart(lambda, resources.filter(isFunction));
  endpoint.add(lambda.signingName, functions);
  return functions;
}

async function replaceCode(services: ServiceSet, folders: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const functions = services.get(lambda.signingName);
  return functions instanceof LambdaService ? functions.replaceCode(folders) : [];
}

interface Resolution {
  readonly account: LocalAccount;
  readonly addresses: LocalAddresses;
  readonly options: LocalOptions;
  readonly log: LocalLog;
}

/** @returns what resolves the assembly, with what custom resources have given so far */
function resolver(assembly: Assembly, { account, addresses, options, log }: Resolution) {
  const { parameters = {} } = options;
  const told = new Set<string>();
  const warn = (message: string): void => {
    if (!told.has(message)) log.warn('local', message);
    told.add(message);
  };
  return (customResults: ReadonlyMap<string, ResourceIdentity> = new Map()): ResolvedAssembly =>
    resolveAssembly(assembly, { account, addresses, identifyOf, parameters, customResults, warn });
}

/** @throws TemplateError when a store has to start with what only a custom resource can tell */
function assertStoresKnown({ pending }: ResolvedAssembly): void {
  const stores = new Set(backingServices.flatMap(({ resourceTypes }) => resourceTypes));
  const waiting = pending.find(({ type }) => stores.has(type));
  if (waiting !== undefined) throw waiting.reason;
}

function tellGaps({ notRun }: ResolvedAssembly, log: LocalLog): void {
  for (const [type, count] of notRun) log.warn('local', `not run locally: ${type} (${count})`);
}

const FUNCTION_TYPES = new Set(['AWS::Lambda::Function', 'AWS::Lambda::Version', 'AWS::Lambda::Alias', 'AWS::Lambda::LayerVersion']);
const isFunction = ({ type }: ResolvedResource): boolean => FUNCTION_TYPES.has(type);

/** The name of the custom resources' folder and dump. */
const CUSTOM = 'custom-resources';

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
