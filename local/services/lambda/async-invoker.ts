import { randomUUID } from 'node:crypto';
import { AwsError, type LocalContext } from '../service.ts';
import { failure, type Outcome, parsePayload } from './execution-environment.ts';
import type { FunctionDirectory } from './function-directory.ts';
import type { FunctionPool } from './function-pool.ts';
import type { InvokeConfig, InvokeConfigs } from './invoke-config.ts';
import { assertEventSize, invokeFunction, MAX_ASYNCHRONOUS_BYTES } from './invoker.ts';
import type { Delivery, LambdaStore, NewDelivery, QueuedEvent } from './lambda-store.ts';

/** "Lambda waits one minute before the first retry and two minutes before the second." */
const RETRY_WAITS_MS = [60_000, 120_000];
/** For throttles and system errors: "from 1 second after the first attempt to a maximum of 5 minutes". */
const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 300_000;
/** Of one function; also messages for destinations. */
const AT_ONCE = 5;
/** The run's clock may be moved, so it is looked at while something waits. */
const LOOK_INTERVAL_MS = 250;

type Condition = 'Success' | 'RetriesExhausted' | 'EventAgeExceeded' | 'ZeroReservedConcurrency';

/** Runs events that nobody waits for: stored first, retried, and handed to a destination in the end. */
export class AsyncInvoker {
  readonly #functions: FunctionDirectory;
  readonly #configs: InvokeConfigs;
  readonly #store: LambdaStore;
  readonly #context: LocalContext;
  readonly #inFlight = new Map<string, Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(parts: { functions: FunctionDirectory; configs: InvokeConfigs; store: LambdaStore; context: LocalContext }) {
    this.#functions = parts.functions;
    this.#configs = parts.configs;
    this.#store = parts.store;
    this.#context = parts.context;
  }

  /** Takes up what an earlier run left. */
  start(): void {
    if (!this.#store.idle) this.#lookSoon();
  }

  /**
   * Stores an event; the function runs later.
   *
   * @param payload JSON text
   * @throws AwsError `RequestTooLargeException`
   */
  enqueue(found: FunctionPool, payload: string, id: string = randomUUID()): void {
    assertEventSize(payload, MAX_ASYNCHRONOUS_BYTES);
    this.#store.addEvent({ id, functionArn: found.definition.arn, payload, enqueuedAt: this.#context.clock.now() });
    this.#lookSoon();
  }

  /** Hands a message to a destination: stored first, tried until the destination takes it. */
  deliver(target: string, message: string, id: string = randomUUID()): void {
    this.#store.addDelivery({ id, target, message });
    this.#lookSoon();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await Promise.all(this.#inFlight.values());
  }

  #lookSoon(): void {
    setImmediate(() => this.#look());
  }

  #look(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    const now = this.#context.clock.now();
    for (const delivery of this.#store.dueDeliveries(now, AT_ONCE)) this.#track(delivery.id, () => this.#hand(delivery));
    for (const event of this.#store.dueEvents(now, AT_ONCE)) this.#track(event.id, () => this.#run(event));
    if (this.#store.idle) return;
    this.#timer = setTimeout(() => this.#look(), LOOK_INTERVAL_MS);
    this.#timer.unref();
  }

  #track(id: string, work: () => Promise<void>): void {
    if (this.#inFlight.has(id)) return;
    const done = work()
      .catch((error: unknown) => this.#context.log.error('lambda', `an asynchronous event could not be dealt with: ${error}`))
      .finally(() => {
        this.#inFlight.delete(id);
        if (!this.#stopped) this.#lookSoon();
      });
    this.#inFlight.set(id, done);
  }

  async #run(event: QueuedEvent): Promise<void> {
    const config = this.#configs.of(event.functionArn);
    const found = this.#find(event);
    if (found === undefined) return;
    // "Lambda begins routing new events to your configured DLQ or the on-failure event destination, without any retries."
    if (found.definition.reservedConcurrency === 0) {
      this.#end(found, { event, outcome: failure({ errorMessage: NEVER_RUNS }), config, condition: 'ZeroReservedConcurrency' });
      return;
    }
    let outcome: Outcome;
    try {
      outcome = await invokeFunction(found, event.payload, event.id);
    } catch (error) {
      if (!this.#stopped) this.#postpone(found, event, config, error);
      return;
    }
    if (this.#stopped && outcome.functionError !== undefined) return;
    if (outcome.functionError === undefined) this.#end(found, { event, outcome, config, condition: 'Success' });
    else this.#retry(found, { event, outcome, config });
  }

  #find(event: QueuedEvent): FunctionPool | undefined {
    try {
      return this.#functions.find(event.functionArn);
    } catch {
      this.#context.log.warn('lambda', `an event is dropped: ${event.functionArn} is not in the template any more`);
      this.#store.endEvent(event.id, []);
      return undefined;
    }
  }

  #retry(found: FunctionPool, { event, outcome, config }: { event: QueuedEvent; outcome: Outcome; config: InvokeConfig }): void {
    const failures = event.failures + 1;
    const failed = { ...event, failures };
    const dueAt = this.#context.clock.now() + (RETRY_WAITS_MS[failures - 1] ?? MAX_DELAY_MS);
    if (failures > config.maxRetries) this.#end(found, { event: failed, outcome, config, condition: 'RetriesExhausted' });
    else if (dueAt - event.enqueuedAt > config.maxAgeMs)
      this.#end(found, { event: failed, outcome, config, condition: 'EventAgeExceeded' });
    else this.#store.postponeEvent(failed, dueAt);
  }

  #postpone(found: FunctionPool, event: QueuedEvent, config: InvokeConfig, error: unknown): void {
    const dueAt = this.#context.clock.now() + Math.min(FIRST_DELAY_MS * 2 ** event.delays, MAX_DELAY_MS);
    if (dueAt - event.enqueuedAt <= config.maxAgeMs) {
      this.#store.postponeEvent({ ...event, delays: event.delays + 1 }, dueAt);
      return;
    }
    const errorMessage = error instanceof AwsError ? error.message : String(error);
    const outcome: Outcome = { payload: JSON.stringify({ errorMessage }), functionError: 'Unhandled' };
    this.#end(found, { event, outcome, config, condition: 'EventAgeExceeded' });
  }

  #end({ definition }: FunctionPool, ended: { event: QueuedEvent; outcome: Outcome; config: InvokeConfig; condition: Condition }): void {
    const { event, config, condition } = ended;
    const isSuccess = condition === 'Success';
    const destination = isSuccess ? config.onSuccess : config.onFailure;
    const deliveries: NewDelivery[] = [];
    if (destination !== undefined) {
      deliveries.push({ id: `${event.id}/destination`, target: destination, message: this.#destinationRecord(definition.arn, ended) });
    }
    if (!isSuccess && definition.deadLetterArn !== undefined) {
      const attributes = JSON.stringify(deadLetterAttributes(event, ended.outcome));
      deliveries.push({ id: `${event.id}/dead-letter`, target: definition.deadLetterArn, message: event.payload, attributes });
    }
    if (!isSuccess) {
      this.#context.log.error(
        'lambda',
        `${definition.name} gave up an event (${condition})${deliveries.length === 0 ? ': it is lost' : ''}`,
      );
    }
    this.#store.endEvent(event.id, deliveries);
  }

  #destinationRecord(arn: string, { event, outcome, condition }: { event: QueuedEvent; outcome: Outcome; condition: Condition }): string {
    return JSON.stringify({
      version: '1.0',
      timestamp: new Date(this.#context.clock.now()).toISOString(),
      requestContext: {
        requestId: event.id,
        functionArn: `${arn}:$LATEST`,
        condition,
        approximateInvokeCount: event.failures + (condition === 'Success' ? 1 : 0),
      },
      requestPayload: JSON.parse(event.payload),
      // A function that never ran has answered nothing.
      ...(condition !== 'ZeroReservedConcurrency' && {
        responseContext: {
          statusCode: 200,
          executedVersion: '$LATEST',
          ...(outcome.functionError && { functionError: outcome.functionError }),
        },
        responsePayload: parsePayload(outcome.payload),
      }),
    });
  }

  async #hand(delivery: Delivery): Promise<void> {
    const signingName = delivery.target.split(':')[2] ?? '';
    try {
      const service = this.#context.service(signingName);
      if (service?.deliver === undefined) throw new Error(`local mode has no ${signingName} that takes messages`);
      const messageAttributes = delivery.attributes === null ? {} : JSON.parse(delivery.attributes);
      await service.deliver(delivery.target, delivery.message, { messageAttributes });
      this.#store.endDelivery(delivery.id);
    } catch (error) {
      const attempts = delivery.attempts + 1;
      if (attempts === 1)
        this.#context.log.warn('lambda', `${delivery.target} did not take a message, it is kept: ${(error as Error).message}`);
      const dueAt = this.#context.clock.now() + Math.min(FIRST_DELAY_MS * 2 ** attempts, MAX_DELAY_MS);
      this.#store.postponeDelivery({ id: delivery.id, attempts }, dueAt);
    }
  }
}

const NEVER_RUNS = 'The function has a reserved concurrency of 0.';
const MAX_ERROR_MESSAGE_LENGTH = 1_024;

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
function deadLetterAttributes(event: QueuedEvent, { payload }: Outcome): Record<string, { DataType: string; StringValue: string }> {
  const { errorMessage } = Object(parsePayload(payload)) as { readonly errorMessage?: unknown };
  return {
    RequestID: { DataType: 'String', StringValue: event.id },
    ErrorCode: { DataType: 'Number', StringValue: '200' },
    ...(typeof errorMessage === 'string' &&
      errorMessage !== '' && { ErrorMessage: { DataType: 'String', StringValue: errorMessage.slice(0, MAX_ERROR_MESSAGE_LENGTH) } }),
  };
}
