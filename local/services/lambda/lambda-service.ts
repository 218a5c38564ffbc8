import { randomUUID } from 'node:crypto';
import { StartError } from '../../start-error.ts';
import {
  AwsError,
  type AwsRequest,
  type AwsResponse,
  type InvokeResult,
  type LocalContext,
  type LocalService,
  type ResolvedResource,
  type UrlRequest,
} from '../service.ts';
import { AsyncInvoker } from './async-invoker.ts';
import { checkDestinations, destinationAction } from './destination-permissions.ts';
import type { EventSource, EventSourceParts } from './event-source.ts';
import { type EventSourceMapping, readEventSourceMappings } from './event-source-mapping.ts';
import { eventSourceTypes } from './event-source-registry.ts';
import { parsePayload } from './execution-environment.ts';
import { readFunction } from './function-definition.ts';
import { FunctionDirectory } from './function-directory.ts';
import type { FunctionPool } from './function-pool.ts';
import { type FunctionUrl, readFunctionUrls } from './function-url.ts';
import { FunctionUrlServer } from './function-url-server.ts';
import { InvokeConfigs } from './invoke-config.ts';
import { invokeFunction } from './invoker.ts';
import { LambdaStore } from './lambda-store.ts';
import { findPython } from './python-interpreter.ts';

/** How long running invocations may still take when a run ends. */
const GRACE_MS = 5_000;
const FUNCTIONS_PATH = '/2015-03-31/functions';

/** AWS Lambda of a local run. */
export class LambdaService implements LocalService {
  readonly #functions: FunctionDirectory;
  readonly #context: LocalContext;
  readonly #store: LambdaStore;
  readonly #configs: InvokeConfigs;
  readonly #async: AsyncInvoker;
  readonly #sources: EventSource[] = [];
  /** By `127.0.0.1:<port>`. */
  readonly #urls = new Map<string, FunctionUrlServer>();

  private constructor(resources: readonly ResolvedResource[], context: LocalContext) {
    this.#context = context;
    this.#functions = new FunctionDirectory(resources, context);
    this.#store = new LambdaStore(context.folder);
    this.#configs = new InvokeConfigs(resources, context.account);
    this.#async = new AsyncInvoker({ functions: this.#functions, configs: this.#configs, store: this.#store, context });
  }

  /** Takes up the events of an earlier run and starts the event source mappings; functions start when they are first called. */
  static async start(resources: readonly ResolvedResource[], context: LocalContext): Promise<LambdaService> {
    const urls = readFunctionUrls(resources);
    const service = new LambdaService(resources, context);
    for (const { definition } of service.#functions.list()) checkDestinations(definition, service.#configs.of(definition.arn), context);
    service.#lookForPython();
    service.#async.start();
    for (const mapping of readEventSourceMappings(resources, context.account)) service.#startSource(mapping);
    for (const url of urls) await service.#open(url);
    return service;
  }

  async handle(request: AwsRequest): Promise<AwsResponse> {
    const path = request.path.replace(/\/$/, '');
    if (path === FUNCTIONS_PATH && request.method === 'GET') return this.#list(request);
    const [, name, action] = /^\/2015-03-31\/functions\/([^/]+)(?:\/(invocations|configuration))?$/.exec(path) ?? [];
    if (name === undefined) throw new AwsError('UnknownOperationException', 'local mode has no such operation of Lambda', { status: 404 });
    const found = this.#functions.find(decodeURIComponent(name), request.query.get('Qualifier') ?? undefined);
    if (action === 'invocations' && request.method === 'POST') return this.#invokeOverHttp(found, request);
    if (action !== 'invocations' && request.method === 'GET') return this.#describe(found, request, action === 'configuration');
    throw new AwsError('UnknownOperationException', 'local mode has no such operation of Lambda', { status: 404 });
  }

  requestUrl(host: string, request: UrlRequest): Promise<AwsResponse> | undefined {
    return this.#urls.get(host)?.request(host, request);
  }

  /** What other services of the run call: no HTTP, no permission check. */
  async invoke(functionArn: string, payload: unknown): Promise<InvokeResult> {
    const outcome = await invokeFunction(this.#functions.find(functionArn), JSON.stringify(payload) ?? 'null');
    const result = { payload: parsePayload(outcome.payload) };
    return outcome.functionError === undefined ? result : { ...result, functionError: outcome.functionError };
  }

  /** Another service hands an event to a function and does not wait: a destination, a rule, a subscription. */
  async deliver(functionArn: string, message: string): Promise<void> {
    this.#async.enqueue(this.#functions.find(functionArn), message);
  }

  /**
   * Serves a function from its code as it is now; running invocations finish.
   *
   * @param changed the function's resource of a newer template, when that has changed too
   */
  reload(functionArn: string, changed?: ResolvedResource): Promise<void> {
    return this.#functions.find(functionArn).reload(changed && readFunction(changed));
  }

  /**
   * Serves functions from other code; running invocations finish.
   *
   * @param folders by the key that the template has for the code
   * @returns the names of the functions, when the code is at its place
   */
  replaceCode(folders: ReadonlyMap<string, string>): Promise<readonly string[]> {
    return this.#functions.replaceCode(folders);
  }

  async dump(): Promise<unknown> {
    return this.#store.dump();
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#urls.values()].map((server) => server.dispose()));
    await Promise.all([this.#async.stop(), ...this.#sources.map((source) => source.stop()), this.#functions.drain(GRACE_MS)]);
    await this.#functions.dispose();
    this.#store.close();
  }

  /** Whoever starts should know at once what is missing; the other functions run all the same. */
  #lookForPython(): void {
    const runtimes = new Set(this.#functions.list().map(({ definition }) => definition.runtime));
    for (const runtime of [...runtimes].filter((one) => one.startsWith('python'))) {
      findPython(runtime).catch((error: Error) => this.#context.log.warn('lambda', error.message));
    }
  }

  async #open(url: FunctionUrl): Promise<void> {
    const server = new FunctionUrlServer(url, this.#context, (event) => this.invoke(url.functionArn, event));
    this.#urls.set(await server.listen(), server);
  }

  #startSource(mapping: EventSourceMapping): void {
    const { log } = this.#context;
    const type = eventSourceTypes.find(({ service }) => service === mapping.sourceArn.split(':')[2]);
    if (!mapping.enabled) return;
    if (type === undefined) {
      log.warn('lambda', `${mapping.sourceArn} feeds no function locally`);
      return;
    }
    const found = this.#functions.find(mapping.functionArn);
    const parts: EventSourceParts = {
      mapping,
      context: this.#context,
      store: this.#store,
      destinations: this.#async,
      functionTimeoutMs: found.definition.timeoutMs,
      authorize: (action, resourceArn) => this.#context.authorizeRole(found.definition.roleArn, found.definition.name, action, resourceArn),
      invoke: (event, requestId) => invokeFunction(found, JSON.stringify(event), requestId),
    };
    try {
      if (mapping.onFailure !== undefined) parts.authorize(destinationAction(mapping.onFailure), mapping.onFailure);
      this.#sources.push(type.start(parts));
    } catch (cause) {
      if (!(cause instanceof AwsError)) throw cause;
      throw new StartError(
        `${found.definition.name} can't be fed from ${mapping.sourceArn}: ${cause.message}`,
        "Grant the function's role what it needs to read its source: a deployment would fail too.",
        { cause },
      );
    }
  }

  async #invokeOverHttp(found: FunctionPool, request: AwsRequest): Promise<AwsResponse> {
    const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
    request.authorize('lambda:InvokeFunction', found.definition.arn);
    const event = jsonText(request.body);
    const requestId = randomUUID();
    const headers = { 'x-amzn-requestid': requestId, 'content-type': 'application/json' };
    if (type === 'DryRun') return { status: 204, headers, body: '' };
    if (type === 'Event') {
      this.#async.enqueue(found, event, requestId);
      return { status: 202, headers, body: '' };
    }
    if (type !== 'RequestResponse') throw new AwsError('InvalidParameterValueException', `Unknown invocation type ${type}`);
    const outcome = await invokeFunction(found, event, requestId);
    const failed = outcome.functionError && { 'x-amz-function-error': outcome.functionError };
    return { status: 200, headers: { ...headers, 'x-amz-executed-version': '$LATEST', ...failed }, body: outcome.payload };
  }

  #list(request: AwsRequest): AwsResponse {
    request.authorize('lambda:ListFunctions', '*');
    return json({ Functions: this.#functions.list().map(configuration) });
  }

  #describe(found: FunctionPool, request: AwsRequest, configurationOnly: boolean): AwsResponse {
    request.authorize(configurationOnly ? 'lambda:GetFunctionConfiguration' : 'lambda:GetFunction', found.definition.arn);
    return json(configurationOnly ? configuration(found) : { Configuration: configuration(found) });
  }
}

function json(value: unknown): AwsResponse {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

function jsonText(body: Buffer): string {
  if (body.length === 0) return '{}';
  const text = body.toString();
  try {
    JSON.parse(text);
  } catch (cause) {
    const message = `Could not parse request body into json: ${(cause as Error).message}`;
    throw new AwsError('InvalidRequestContentException', message, { cause, members: { Type: 'User' } });
  }
  return text;
}

function configuration({ definition }: FunctionPool): Record<string, unknown> {
  return {
    FunctionName: definition.name,
    FunctionArn: definition.arn,
    Runtime: definition.runtime,
    Role: definition.roleArn,
    Handler: definition.handler,
    Timeout: definition.timeoutMs / 1_000,
    MemorySize: definition.memoryMb,
    Version: '$LATEST',
    PackageType: 'Zip',
    State: 'Active',
    LastUpdateStatus: 'Successful',
  };
}
