import { StartError } from '../../start-error.ts';
import { checkPattern, matchesPattern } from '../lambda/event-pattern.ts';
import { AwsError, type LocalContext, type ResolvedResource } from '../service.ts';
import type { BusEvent } from './bus-event.ts';
import type { EventsStore } from './events-store.ts';
import { busNameOf, eventsArn, type Rule, readRule } from './rule.ts';

export interface Archive {
  readonly name: string;
  readonly arn: string;
  readonly busArn: string;
  readonly description: string | undefined;
  /** Undefined: everything. */
  readonly pattern: unknown;
  /** 0: for ever. */
  readonly retentionDays: number;
}

const DAY_MS = 86_400_000;

/** The buses of a run with their rules and archives. */
export class Buses {
  readonly #context: LocalContext;
  readonly #store: EventsStore;
  /** By name. */
  readonly #buses: ReadonlyMap<string, string>;
  readonly #rules: ReadonlyMap<string, Rule>;
  readonly #states = new Map<string, boolean>();
  readonly archives: readonly Archive[];

  constructor(resources: readonly ResolvedResource[], store: EventsStore, context: LocalContext) {
    this.#context = context;
    this.#store = store;
    const named = resources.filter(({ type }) => type === 'AWS::Events::EventBus').map(({ ref }) => ref);
    this.#buses = new Map(['default', ...named].map((name) => [name, eventsArn(context.account, `event-bus/${name}`)]));
    const rules = resources.filter(({ type }) => type === 'AWS::Events::Rule').map(readRule);
    this.#rules = new Map(rules.map((rule) => [rule.arn, rule]));
    for (const { arn, isEnabled } of rules) this.#states.set(arn, store.changedState(arn, isEnabled) ?? isEnabled);
    this.archives = resources.filter(({ type }) => type === 'AWS::Events::Archive').map(readArchive);
  }

  list(): readonly { readonly name: string; readonly arn: string }[] {
    return [...this.#buses].map(([name, arn]) => ({ name, arn }));
  }

  /** @throws AwsError `ResourceNotFoundException` */
  arnOf(bus: unknown): string {
    const name = busNameOf(bus);
    const arn = this.#buses.get(name);
    if (arn === undefined) throw notFound(`Event bus ${name} does not exist.`);
    return arn;
  }

  rules(): readonly Rule[] {
    return [...this.#rules.values()];
  }

  rule(arn: string): Rule | undefined {
    return this.#rules.get(arn);
  }

  /** @throws AwsError `ResourceNotFoundException` */
  archive(arn: string): Archive {
    const archive = this.archives.find((one) => one.arn === arn);
    if (archive === undefined) throw notFound(`Archive ${arn.split('/').at(-1)} does not exist.`);
    return archive;
  }

  isEnabled({ arn }: Rule): boolean {
    return this.#states.get(arn) === true;
  }

  enable({ arn, isEnabled }: Rule, enabled: boolean): void {
    this.#states.set(arn, enabled);
    this.#store.saveState(arn, isEnabled, enabled);
  }

  /** The rules of a bus that want an event. */
  matching(busArn: string, event: BusEvent): Rule[] {
    const busName = busNameOf(busArn);
    return this.rules().filter(
      (rule) => rule.busName === busName && this.isEnabled(rule) && rule.pattern !== undefined && matchesPattern(rule.pattern, event),
    );
  }

  /** Keeps an event in the archives of its bus; what comes out of an archive is not archived again. */
  keep(busArn: string, event: BusEvent): void {
    if (event['replay-name'] !== undefined) return;
    const now = this.#context.clock.now();
    for (const { name, busArn: source, pattern, retentionDays } of this.archives) {
      if (source !== busArn || (pattern !== undefined && !matchesPattern(pattern, event))) continue;
      this.#store.archive(name, event, now);
      if (retentionDays > 0) this.#store.expire(name, now - retentionDays * DAY_MS);
    }
  }
}

function readArchive({ logicalId, ref, attributes, properties }: ResolvedResource): Archive {
  const { EventPattern: pattern, SourceArn, Description, RetentionDays } = properties;
  try {
    if (pattern !== undefined) checkPattern(pattern);
  } catch (cause) {
    const advice = 'Mend it where it is defined: a deployment would fail too.';
    throw new StartError(`The archive ${logicalId} is not valid: ${(cause as Error).message}.`, advice, { cause });
  }
  return {
    name: ref,
    arn: attributes['Arn'] ?? '',
    busArn: String(SourceArn),
    description: typeof Description === 'string' ? Description : undefined,
    pattern,
    retentionDays: Number(RetentionDays ?? 0),
  };
}

export const notFound = (message: string): AwsError => new AwsError('ResourceNotFoundException', message);
