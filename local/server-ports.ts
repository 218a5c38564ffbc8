import { type ReservedPort, reservePort } from './reserve-port.ts';
import type { Assembly } from './template/read-assembly.ts';
import type { StackTemplate } from './template/template.ts';

/** The types of which each resource has a server of its own. */
const API = 'AWS::ApiGatewayV2::Api';
const DISTRIBUTION = 'AWS::CloudFront::Distribution';
const serverTypes = new Set([API, DISTRIBUTION, 'AWS::Lambda::Url']);

/** The ports of the servers beside the AWS endpoint, taken before anything is identified: attributes hold the addresses. */
export class ServerPorts {
  /** By stack and logical id: `http://127.0.0.1:<port>`. */
  readonly urls = new Map<string, string>();
  readonly #reserved: ReservedPort[] = [];
  readonly #first = new Map<string, string>();

  /**
   * Takes the wanted ports for the first API and the first distribution, and any free one for all others.
   *
   * @throws StartError when a port is taken
   */
  async reserve(
    assembly: Assembly,
    { api = 0, cdn = 0 }: { readonly api?: number | undefined; readonly cdn?: number | undefined },
  ): Promise<void> {
    const wanted = new Map([
      [API, api],
      [DISTRIBUTION, cdn],
    ]);
    for (const { key, type } of assembly.stacks.flatMap((stack) => serversOf(stack.name, stack))) {
      const url = await this.#take(this.#first.has(type) ? 0 : (wanted.get(type) ?? 0));
      this.urls.set(key, url);
      if (!this.#first.has(type)) this.#first.set(type, url);
    }
    if (!this.#first.has(API)) this.#first.set(API, await this.#take(api));
  }

  /** The address of the first API. */
  get apiUrl(): string {
    return this.#first.get(API) ?? '';
  }

  /** The address of the first distribution. */
  get cdnUrl(): string | undefined {
    return this.#first.get(DISTRIBUTION);
  }

  /** Lets the servers have their ports. */
  async release(): Promise<void> {
    await Promise.all(this.#reserved.splice(0).map((port) => port.release()));
  }

  async #take(wanted: number): Promise<string> {
    const reserved = await reservePort(wanted);
    this.#reserved.push(reserved);
    return `http://127.0.0.1:${reserved.port}`;
  }
}

function serversOf(name: string, { template, nested }: StackTemplate): { readonly key: string; readonly type: string }[] {
  const own = Object.entries(template.Resources ?? {})
    .filter(([, { Type, Properties }]) => serverTypes.has(Type) && Properties?.['ProtocolType'] !== 'WEBSOCKET')
    .map(([logicalId, { Type: type }]) => ({ key: `${name}/${logicalId}`, type }));
  return [...own, ...[...nested].flatMap(([logicalId, stack]) => serversOf(`${name}-${logicalId}`, stack))];
}
