import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { RecordHookEvent, SignUpHookEvent } from '../../contracts/hooks.ts';
import { type LocalBackend, startLocal } from '../../local/local-backend.ts';
import { type Body, newPerson, type Person } from '../data/relations-backend.ts';
import { cachedAssembly } from '../support/cached-assembly.ts';
import { type ApiAnswer, type ApiCall, callApi } from '../support/call-api.ts';
import type { InsideEvent } from './inside-handler.ts';

const files = ['hooks-app', 'hooks-definition', 'ask-handler', 'inside-handler'];
const assembly = (): string =>
  cachedAssembly({ app: 'test/hooks/hooks-app.ts', sources: ['client', ...files.map((file) => `test/hooks/${file}.ts`)] });

/** What a function that uses the data inside of itself gave back. */
export interface Inside {
  readonly value?: Body;
  readonly refused?: { readonly code?: string; readonly status?: number; readonly message?: string };
}

/** The models of `hooks-definition.ts` with their hooks, in local mode. */
export class HooksBackend {
  readonly local: LocalBackend;
  readonly #lines: string[];
  readonly #lambda: LambdaClient;

  private constructor(local: LocalBackend, lines: string[]) {
    const { endpointUrl: endpoint, region, credentials } = local;
    this.local = local;
    this.#lines = lines;
    this.#lambda = new LambdaClient({ endpoint, region, credentials });
  }

  static async start(): Promise<HooksBackend> {
    const lines: string[] = [];
    const write = (_source: string, line: string): void => void lines.push(line);
    return new HooksBackend(await startLocal({ assembly: assembly(), log: { info: write, warn: write, error: write } }), lines);
  }

  person(...groups: readonly string[]): Promise<Person> {
    return newPerson(this.local, groups);
  }

  call(who: Person | undefined, call: ApiCall): Promise<ApiAnswer> {
    return callApi(this.local.apiUrl, { ...call, token: who?.token });
  }

  /** Creates a record, and gives it. */
  async create(who: Person, model: string, body: object): Promise<Body> {
    const answer = await this.call(who, { method: 'POST', path: `/data/${model}`, body });
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 201, text: answer.text });
    return answer.json as Body;
  }

  /** Everything that is stored, but for the log. */
  async stored(): Promise<unknown> {
    const { dynamodb, 'cognito-idp': accounts } = (await this.local.dump()) as Body;
    return structuredClone({ dynamodb, accounts });
  }

  /** All items of a model's table. */
  async items(model: string): Promise<readonly Body[]> {
    const { dynamodb } = (await this.local.dump()) as Body;
    const [, items] = Object.entries<readonly Body[]>(dynamodb).find(([name]) => name.includes(`${model}Table`)) ?? [];
    return items ?? [];
  }

  /** What hooks were asked since the last look. */
  async asked(): Promise<readonly (RecordHookEvent | SignUpHookEvent)[]> {
    const asked = this.#lines.filter((line) => line.includes('asked {'));
    this.#lines.length = 0;
    return asked.map((line) => JSON.parse(line.slice(line.indexOf('asked {') + 'asked '.length)));
  }

  /** The log since the last look. */
  log(): string {
    return this.#lines.join('\n');
  }

  /** Requests to AWS since the last look. */
  requests(): Readonly<Record<string, number>> {
    const counts = Object.entries(this.local.counts()).map(([key, { requests }]) => [key, requests] as const);
    this.local.resetCounts();
    return Object.fromEntries(counts);
  }

  /** Runs a function that uses the data inside of itself. */
  async inside(name: string, event: InsideEvent): Promise<Inside> {
    const FunctionName = this.local.outputs[`${name}Name`];
    const { Payload, FunctionError } = await this.#lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }));
    const text = Buffer.from(Payload ?? []).toString();
    if (FunctionError !== undefined) throw new Error(text);
    return JSON.parse(text) as Inside;
  }

  async stop(): Promise<void> {
    this.#lambda.destroy();
    await this.local.dispose();
  }
}
