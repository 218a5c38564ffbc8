import type { Disposal } from './disposal.ts';
import {
  AwsError,
  type InvokeResult,
  type LocalContext,
  type LocalService,
  type LocalServiceType,
  type LocalTool,
  type ResolvedResource,
} from './services/service.ts';
import type { StateFolder } from './state-folder.ts';

/** What all services of a run share, but for the folder, which each has of its own. */
export type SharedContext = Omit<LocalContext, 'folder' | 'invoke' | 'service'>;

/** The running services of a backend. */
export class ServiceSet {
  readonly #services = new Map<string, LocalService>();
  readonly #context: SharedContext;
  readonly #state: StateFolder | undefined;
  readonly #disposal: Disposal;

  constructor(context: SharedContext, state: StateFolder | undefined, disposal: Disposal) {
    this.#context = context;
    this.#state = state;
    this.#disposal = disposal;
  }

  async start(type: LocalServiceType, resources: readonly ResolvedResource[]): Promise<LocalService> {
    const service = await this.#start(type, resources, this.#state?.folderOf(type.signingName));
    this.#services.set(type.signingName, service);
    this.#disposal.add(type.signingName, () => service.dispose());
    return service;
  }

  /** Starts a service that is none of the run's: it keeps nothing, the others don't know it, and the caller disposes of it. */
  startApart(type: LocalServiceType, resources: readonly ResolvedResource[]): Promise<LocalService> {
    return this.#start(type, resources, undefined);
  }

  #start(type: LocalServiceType, resources: readonly ResolvedResource[], folder: string | undefined): Promise<LocalService> {
    const own = resources.filter((resource) => type.resourceTypes.includes(resource.type));
    return type.start(own, {
      ...this.#context,
      folder,
      invoke: (functionArn, payload) => this.#invoke(functionArn, payload),
      service: (signingName) => this.#services.get(signingName),
    });
  }

  /** What no log may show, by service. */
  secrets(): readonly (readonly string[])[] {
    return [...this.#services.values()].flatMap((service) => (service.secrets === undefined ? [] : [service.secrets()]));
  }

  /** A running service. */
  get(signingName: string): LocalService | undefined {
    return this.#services.get(signingName);
  }

  /** What the services let people and tests do, by method and path. */
  tool(name: string): LocalTool | undefined {
    return [...this.#services.values()].map(({ tools = {} }) => tools[name]).find((tool) => tool !== undefined);
  }

  /** What every service stores, by signing name. */
  async dump(): Promise<Record<string, unknown>> {
    const dumps = [...this.#services].map(async ([name, service]) => [name, await service.dump()] as const);
    return Object.fromEntries(await Promise.all(dumps));
  }

  async #invoke(functionArn: string, payload: unknown): Promise<InvokeResult> {
    const lambda = this.#services.get('lambda');
    if (lambda?.invoke === undefined) throw new AwsError('ServiceException', 'Lambda does not run yet.', { status: 503 });
    return lambda.invoke(functionArn, payload);
  }
}
