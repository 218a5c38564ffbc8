import { type Attempt, isRefusal, Outbox } from '../outbox.ts';
import { AwsError, type LocalContext, type LocalService } from '../service.ts';
import { type ApiDestinations, PostponedError, RetriableAnswerError } from './api-destinations.ts';
import type { BusEvent } from './bus-event.ts';
import type { Buses } from './buses.ts';
import type { EventsStore } from './events-store.ts';
import type { Rule, Target } from './rule.ts';
import { targetInput } from './target-input.ts';

/** An event on its way to one target of a rule. */
export interface EventDelivery {
  readonly ruleArn: string;
  readonly targetId: string;
  readonly event: BusEvent;
  readonly acceptedAt: number;
  /** Whether it came from another bus: then it goes to no third one. */
  readonly isForwarded: boolean;
}

/** An accepted event with where it was put. */
export interface Accepted {
  readonly busArn: string;
  readonly event: BusEvent;
  readonly isForwarded?: boolean;
  /** Only these rules: of a replay, or of a schedule. */
  readonly onlyRules?: readonly string[];
}

const SERVICE = 'events.amazonaws.com';
const ACTIONS: Readonly<Record<string, string>> = {
  sqs: 'sqs:SendMessage',
  sns: 'sns:Publish',
  lambda: 'lambda:InvokeFunction',
  events: 'events:PutEvents',
  'api-destination': 'events:InvokeApiDestination',
};
const FIRST_WAIT_MS = 1_000;
const MAX_WAIT_MS = 600_000;

interface DeliveriesParts {
  readonly buses: Buses;
  readonly store: EventsStore;
  readonly context: LocalContext;
  readonly destinations: ApiDestinations;
}

/** Brings events to the targets of rules. */
export class EventDeliveries {
  readonly #buses: Buses;
  readonly #context: LocalContext;
  readonly #destinations: ApiDestinations;
  readonly #outbox: Outbox<EventDelivery>;
  readonly #store: EventsStore;

  constructor({ buses, store, context, destinations }: DeliveriesParts) {
    this.#buses = buses;
    this.#context = context;
    this.#destinations = destinations;
    this.#store = store;
    const { clock, log } = context;
    this.#outbox = new Outbox<EventDelivery>({
      ...{ database: store.database, clock, log, source: 'events' },
      deliver: (delivery, attempts) => this.#deliver(delivery, attempts),
    });
  }

  start(): void {
    this.#outbox.start();
  }

  /** Keeps events for everything that wants them, all or none. What returns is on the disk. */
  accept(events: readonly Accepted[]): void {
    const acceptedAt = this.#context.clock.now();
    this.#store.database.transaction(() => {
      for (const { busArn, event } of events) this.#buses.keep(busArn, event);
      this.#outbox.add(events.flatMap((accepted) => this.#deliveriesOf(accepted, acceptedAt)));
    });
  }

  /** For the targets of one rule, whatever its pattern. */
  trigger(rule: Rule, event: BusEvent): void {
    this.#outbox.add(deliveriesOf(rule, { event, acceptedAt: this.#context.clock.now(), isForwarded: false }));
  }

  dump(): unknown[] {
    return this.#outbox.dump();
  }

  stop(): Promise<void> {
    return this.#outbox.stop();
  }

  #deliveriesOf({ busArn, event, isForwarded = false, onlyRules }: Accepted, acceptedAt: number): EventDelivery[] {
    return this.#buses
      .matching(busArn, event)
      .filter(({ arn }) => onlyRules === undefined || onlyRules.length === 0 || onlyRules.includes(arn))
      .flatMap((rule) => deliveriesOf(rule, { event, acceptedAt, isForwarded }));
  }

  async #deliver(delivery: EventDelivery, attempts: number): Promise<Attempt> {
    const rule = this.#buses.rule(delivery.ruleArn);
    const target = rule?.targets.find(({ id }) => id === delivery.targetId);
    if (rule === undefined || target === undefined) {
      this.#context.log.warn('events', `an event is dropped: ${delivery.ruleArn} has no target ${delivery.targetId} any more`);
      return 'done';
    }
    try {
      await this.#hand(rule, target, delivery);
      return 'done';
    } catch (error) {
      return this.#afterFailure({ rule, target, delivery, attempts, error: error as Error });
    }
  }

  async #hand(rule: Rule, target: Target, { event, isForwarded }: EventDelivery): Promise<void> {
    const serviceName = kindOf(target.arn);
    const now = this.#context.clock.now();
    if (serviceName === 'logs') {
      this.#context.log.info(target.arn.split(':')[6] ?? 'events', targetInput(target, event, rule, now));
      return;
    }
    const action = ACTIONS[serviceName];
    if (action === undefined) throw new AwsError('ResourceNotFoundException', `local mode has no targets of ${serviceName}`);
    this.#authorize(rule, target, action);
    if (serviceName === 'events') {
      if (!isForwarded) this.accept([{ busArn: this.#buses.arnOf(target.arn), event, isForwarded: true }]);
      return;
    }
    const input = targetInput(target, event, rule, now);
    if (serviceName === 'api-destination') {
      await this.#destinations.invoke({ rule, target, event, input });
      return;
    }
    await this.#service(serviceName).deliver?.(target.arn, input, { messageGroupId: target.messageGroupId, senderId: SERVICE });
  }

  /** A target with a role is used by it, any other as its own policy allows. */
  #authorize(rule: Rule, { arn, roleArn }: Pick<Target, 'arn' | 'roleArn'>, action: string): void {
    if (roleArn === undefined) this.#context.authorizeService(SERVICE, action, arn, rule.arn);
    else this.#context.authorizeRole(roleArn, 'events', action, arn);
  }

  async #afterFailure(failed: { rule: Rule; target: Target; delivery: EventDelivery; attempts: number; error: Error }): Promise<Attempt> {
    const { target, delivery, attempts, error } = failed;
    const now = this.#context.clock.now();
    const isFinal = isRefusal(error);
    const isYoung = now - delivery.acceptedAt < target.maxAgeMs;
    if (error instanceof PostponedError && isYoung) return { retryInMs: error.waitMs, isPostponed: true };
    const asked = error instanceof RetriableAnswerError ? (error.retryAfterMs ?? 0) : 0;
    const retryInMs = Math.max(asked, Math.min(FIRST_WAIT_MS * 2 ** attempts, MAX_WAIT_MS));
    if (!isFinal && attempts < target.maxRetries && isYoung) {
      if (attempts === 0) this.#context.log.warn('events', `${target.arn} did not take an event, it is kept: ${error.message}`);
      return { retryInMs };
    }
    await this.#giveUp({
      ...failed,
      condition: isFinal ? undefined : attempts < target.maxRetries ? 'MaximumEventAgeInSeconds' : 'MaximumRetryAttempts',
    });
    return 'done';
  }

  /** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html */
  async #giveUp(failed: {
    rule: Rule;
    target: Target;
    delivery: EventDelivery;
    attempts: number;
    error: Error;
    condition: string | undefined;
  }): Promise<void> {
    const { rule, target, delivery, attempts, error, condition } = failed;
    const lost = target.deadLetterArn === undefined ? ': it is lost' : '';
    this.#context.log.error('events', `${rule.name} could not bring an event to ${target.arn} (${error.message})${lost}`);
    if (target.deadLetterArn === undefined) return;
    const text = (StringValue: string) => ({ DataType: 'String', StringValue });
    try {
      this.#authorize(rule, { arn: target.deadLetterArn, roleArn: undefined }, 'sqs:SendMessage');
      await this.#service('sqs').deliver?.(target.deadLetterArn, JSON.stringify(delivery.event), {
        senderId: SERVICE,
        messageAttributes: {
          ERROR_CODE: text(error instanceof AwsError ? errorCode(error) : 'SDK_CLIENT_ERROR'),
          ERROR_MESSAGE: text(error.message || 'unknown'),
          RULE_ARN: text(rule.arn),
          TARGET_ARN: text(target.arn),
          ...(condition !== undefined && { EXHAUSTED_RETRY_CONDITION: text(condition) }),
          ...(attempts > 0 && { RETRY_ATTEMPTS: { DataType: 'Number', StringValue: String(attempts) } }),
        },
      });
    } catch (cause) {
      this.#context.log.error('events', `${target.deadLetterArn} did not take a dead letter, it is lost: ${(cause as Error).message}`);
    }
  }

  #service(name: string): LocalService {
    const service = this.#context.service(name);
    if (service?.deliver === undefined) throw new Error(`${name} does not run`);
    return service;
  }
}

const deliveriesOf = ({ arn, targets }: Rule, parts: Omit<EventDelivery, 'ruleArn' | 'targetId'>): EventDelivery[] =>
  targets.map(({ id }) => ({ ruleArn: arn, targetId: id, ...parts }));

/** A service by the name in its ARN; an API destination is one of EventBridge, which a bus is, too. */
const kindOf = (arn: string): string => (arn.split(':')[5]?.startsWith('api-destination/') ? 'api-destination' : (arn.split(':')[2] ?? ''));

/** The codes of dead letters are EventBridge's own. */
function errorCode({ code }: AwsError): string {
  if (code === 'AccessDeniedException' || code === 'AuthorizationError') return 'NO_PERMISSIONS';
  return ['QueueDoesNotExist', 'NotFound', 'ResourceNotFoundException'].includes(code) ? 'NO_RESOURCE' : 'SDK_CLIENT_ERROR';
}
