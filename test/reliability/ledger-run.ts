import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { EventsTarget } from '../../cli/events-target.ts';
import { outputs } from '../../contracts/outputs.ts';
import type { LocalBackend } from '../../local/local-backend.ts';
import { newPerson, newToken, type Person } from '../data/relations-backend.ts';
import { callApi } from '../support/call-api.ts';
import type { ChaosProxy } from './chaos-proxy.ts';

type Served = Pick<LocalBackend, 'apiUrl' | 'endpointUrl' | 'region' | 'credentials' | 'outputs'>;

/** Where the backend of the run finds its app and keeps its data. */
export interface LedgerPlace {
  readonly assembly: string;
  readonly folder: string;
  /** How often the run is looked at, in milliseconds. What does not move in between is taken to wait for its time-out. */
  readonly lookMs: number;
  /** Told where the run is. */
  readonly onProgress: (text: string) => void;
}

/** Clients of the backend as it is now. */
export interface LedgerClients {
  readonly database: DynamoDBDocumentClient;
  readonly target: EventsTarget;
}

const script = join(import.meta.dirname, 'ledger-process.ts');

const clientsOf = ({ endpointUrl: endpoint, region, credentials, outputs: named }: Served): LedgerClients => {
  const settings = { endpoint, region, credentials, maxAttempts: 1 };
  const target: EventsTarget = {
    sqs: new SQSClient(settings),
    eventBridge: new EventBridgeClient(settings),
    busName: named[outputs.eventBusName] ?? '',
    archiveName: named[outputs.eventArchiveName] ?? '',
    deadLetters: JSON.parse(named[outputs.deadLetterQueues] ?? '{}'),
    client: settings,
    name: 'the run',
  };
  return { database: DynamoDBDocumentClient.from(new DynamoDBClient(settings)), target };
};

/** The backend of the run in a process of its own, which may be killed and started again. */
export class LedgerRun {
  /** How many functions have been ended in the middle of what they did. */
  endedFunctions = 0;
  readonly #place: LedgerPlace;
  readonly #proxy: ChaosProxy;
  #child: ChildProcess | undefined;
  #served: Served | undefined;
  #clients: LedgerClients | undefined;
  #admin: Person | undefined;
  #token = '';
  #offsetMs = 0;

  constructor(place: LedgerPlace, proxy: ChaosProxy) {
    this.#place = place;
    this.#proxy = proxy;
  }

  get served(): Served {
    if (this.#served === undefined) throw new Error('the backend does not run');
    return this.#served;
  }

  get clients(): LedgerClients {
    if (this.#clients === undefined) throw new Error('the backend does not run');
    return this.#clients;
  }

  /** The table of effects. */
  get effects(): string {
    return this.served.outputs['EffectsName'] ?? '';
  }

  /** The time of the backend. */
  now(): number {
    return Date.now() + this.#offsetMs;
  }

  async start(): Promise<void> {
    const { assembly, folder } = this.#place;
    const child = spawn(process.execPath, ['--no-warnings', script, assembly, folder, this.#proxy.url], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.on('error', () => undefined);
    this.#child = child;
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    this.#served = JSON.parse(line) as Served;
    this.#clients = clientsOf(this.#served);
    this.#proxy.target = this.#served.endpointUrl;
    // The clock of a new process tells the machine's time.
    if (this.#offsetMs > 0) await this.#advance(this.#offsetMs);
    this.#admin ??= await newPerson(this.#served, ['admins']);
  }

  /** Ends one of the functions that run, in the middle of whatever it does. */
  endFunction(): void {
    this.#child?.stdin?.write('end\n');
    this.endedFunctions += 1;
  }

  get lookMs(): number {
    return this.#place.lookMs;
  }

  tell(text: string): void {
    this.#place.onProgress(text);
  }

  async kill(): Promise<void> {
    if (this.#child === undefined) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
    this.#child = undefined;
    const { database, target } = this.clients;
    for (const client of [database, target.sqs, target.eventBridge]) client.destroy();
  }

  /** Lets time pass, for time-outs of queues and leases and for retries. */
  async pass(seconds: number): Promise<void> {
    this.#offsetMs += seconds * 1_000;
    await this.#advance(seconds * 1_000);
  }

  /** Calls a route as an admin until it answers. */
  async call<T>(method: string, path: string, body?: object): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const { apiUrl } = this.served;
      const { status, json, text } = await callApi(apiUrl, { method, path, token: this.#token, ...(body !== undefined && { body }) });
      if (status < 300) return json as T;
      if (status === 401) this.#token = await newToken(apiUrl, this.#admin?.email ?? '');
      else if (status !== 409 && status !== 429 && status < 500) throw new Error(`${method} ${path} answered ${status}: ${text}`);
      if (attempt > 50) throw new Error(`${method} ${path} answers ${status} for good: ${text}`);
      await pause(100);
    }
  }

  async #advance(advanceMs: number): Promise<void> {
    await fetch(`${this.served.endpointUrl}/_plinth/clock`, { method: 'PUT', body: JSON.stringify({ advanceMs }) });
  }
}
