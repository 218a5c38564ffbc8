import type { Clock } from '../../clock.ts';
import { AwsError, type LocalContext, type ResolvedResource } from '../service.ts';
import { type DeadLetters, MessageStore, type NewMessage, type Sent, type StoredMessage } from './message-store.ts';
import { assertTakesDeadLettersOf, checkSettings, type Queue, type QueueSettings, readQueue, redrivePolicyOf, settingOf } from './queue.ts';

export interface ReceiveOptions {
  readonly limit: number;
  /** How long to wait for the first message. */
  readonly waitMs: number;
  /** @default - the queue's own */
  readonly visibilityMs?: number | undefined;
  readonly signal?: AbortSignal;
}

/** The run's clock may be moved, so whoever waits looks again so often. */
const LOOK_INTERVAL_MS = 100;

/** The queues of a run with their messages. */
export class Queues {
  readonly store: MessageStore;
  readonly clock: Clock;
  readonly #byName: ReadonlyMap<string, Queue>;
  readonly #declared = new Map<string, QueueSettings>();
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #ended = new AbortController();

  constructor(resources: readonly ResolvedResource[], context: LocalContext) {
    this.clock = context.clock;
    this.store = new MessageStore(context.folder);
    const queues = resources.filter(({ type }) => type === 'AWS::SQS::Queue').map(readQueue);
    this.#byName = new Map(queues.map((queue) => [queue.name, queue]));
    for (const queue of queues) {
      this.#declared.set(queue.name, queue.settings);
      queue.settings = { ...queue.settings, ...this.store.changedSettings(queue) };
    }
  }

  list(): readonly Queue[] {
    return [...this.#byName.values()];
  }

  find(name: string): Queue | undefined {
    return this.#byName.get(name);
  }

  /** @throws AwsError `QueueDoesNotExist` */
  byArn(arn: string): Queue {
    const queue = this.#byName.get(arn.split(':').at(-1) ?? '');
    if (queue?.arn !== arn) throw queueDoesNotExist();
    return queue;
  }

  /** The queues whose dead letters go to this one. */
  sourcesOf({ arn }: Queue): readonly Queue[] {
    return this.list().filter((queue) => redrivePolicyOf(queue)?.deadLetterTargetArn === arn);
  }

  change(queue: Queue, settings: QueueSettings): void {
    const before = queue.settings;
    const { RedrivePolicy, ...others } = { ...before, ...checkSettings(settings, queue.fifo) };
    queue.settings = { ...others, ...(RedrivePolicy !== undefined && RedrivePolicy !== '' && { RedrivePolicy }) };
    try {
      const target = redrivePolicyOf(queue)?.deadLetterTargetArn;
      if (target !== undefined) assertTakesDeadLettersOf(this.byArn(target), queue);
    } catch (error) {
      queue.settings = before;
      throw error;
    }
    this.store.saveSettings(queue, this.#declared.get(queue.name) ?? {}, queue.settings);
    this.#ring(queue);
  }

  send(queue: Queue, messages: readonly NewMessage[]): Sent[] {
    const sent = this.store.send(queue, messages);
    this.#ring(queue);
    return sent;
  }

  /** Waits until there is a message, or the time is up. */
  async receive(queue: Queue, { limit, waitMs, visibilityMs, signal }: ReceiveOptions): Promise<StoredMessage[]> {
    const end = performance.now() + waitMs;
    for (;;) {
      const messages = this.#take(queue, limit, visibilityMs ?? settingOf(queue, 'VisibilityTimeout') * 1_000);
      const left = end - performance.now();
      if (messages.length > 0 || left <= 0 || signal?.aborted === true || this.#ended.signal.aborted) return messages;
      await this.#nextChange(queue, Math.min(left, LOOK_INTERVAL_MS));
    }
  }

  /** Wakes whoever waits for a message of the queue. */
  wake(queue: Queue): void {
    this.#ring(queue);
  }

  close(): void {
    this.#ended.abort();
    for (const queue of this.list()) this.#ring(queue);
    this.store.close();
  }

  get closed(): boolean {
    return this.#ended.signal.aborted;
  }

  #take(queue: Queue, limit: number, visibilityMs: number): StoredMessage[] {
    if (this.closed) return [];
    const now = this.clock.now();
    this.store.expire(queue, now - settingOf(queue, 'MessageRetentionPeriod') * 1_000);
    const deadLetters = this.#deadLettersOf(queue);
    const { received, moved } = this.store.receive(queue, { limit, now, visibilityMs, deadLetters });
    if (deadLetters !== undefined && moved > 0) this.#ring(deadLetters.queue);
    return received;
  }

  #deadLettersOf(queue: Queue): DeadLetters | undefined {
    const policy = redrivePolicyOf(queue);
    const target = policy && this.#byName.get(policy.deadLetterTargetArn.split(':').at(-1) ?? '');
    return policy && target && { queue: target, maxReceiveCount: policy.maxReceiveCount };
  }

  #nextChange({ name }: Queue, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(name) ?? new Set();
      this.#waiting.set(name, waiting);
      const wake = (): void => {
        clearTimeout(timer);
        waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      waiting.add(wake);
    });
  }

  #ring({ name }: Queue): void {
    for (const wake of [...(this.#waiting.get(name) ?? [])]) wake();
  }
}

export const queueDoesNotExist = (): AwsError => new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
