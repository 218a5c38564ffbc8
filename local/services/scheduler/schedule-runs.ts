import { randomUUID } from 'node:crypto';
import { type Attempt, Outbox } from '../outbox.ts';
import { AwsError, type LocalContext } from '../service.ts';
import { nextRun, type Schedule, scheduleArn, type Target, targetActions } from './schedule.ts';
import type { ScheduleStore } from './schedule-store.ts';
import { isSendMessage, readSendMessage } from './send-message-target.ts';

/** One start of a schedule, on its way to the target. */
interface Run {
  readonly id: string;
  readonly group: string;
  readonly name: string;
  readonly target: Target;
  readonly scheduledAt: number;
  readonly startedAt: number;
}

/** The run's clock may be moved, so it is looked at while a schedule waits. */
const LOOK_INTERVAL_MS = 100;
const AT_ONCE = 50;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 900_000;
/** AWS's defaults. */
const DEFAULT_ATTEMPTS = 185;
const DEFAULT_AGE_SECONDS = 86_400;

/** Starts schedules when their time has come and brings what they send to their targets, at least once. */
export class ScheduleRuns {
  readonly #store: ScheduleStore;
  readonly #context: LocalContext;
  readonly #outbox: Outbox<Run>;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(store: ScheduleStore, context: LocalContext) {
    this.#store = store;
    this.#context = context;
    const { clock, log } = context;
    this.#outbox = new Outbox<Run>({
      ...{ database: store.database, clock, log, source: 'scheduler' },
      deliver: (run, attempts) => this.#deliver(run, attempts),
    });
  }

  /** Takes up what an earlier run left, and what came due meanwhile. */
  start(): void {
    this.#outbox.start();
    this.look();
  }

  /** To be called when a schedule has changed. */
  look(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    const now = this.#context.clock.now();
    const due = this.#store.due(now, AT_ONCE);
    for (const { schedule, scheduledAt } of due) this.#begin(schedule, scheduledAt, now);
    if (due.length === AT_ONCE) {
      setImmediate(() => this.look());
      return;
    }
    if (!this.#store.isWaiting) return;
    this.#timer = setTimeout(() => this.look(), LOOK_INTERVAL_MS);
    this.#timer.unref();
  }

  dump(): unknown[] {
    return this.#outbox.dump();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#outbox.stop();
  }

  /** The run is on the disk in the same moment as the schedule moves on: a crash loses neither. */
  #begin(schedule: Schedule, scheduledAt: number, now: number): void {
    const { GroupName: group, Name: name, Target: target, ActionAfterCompletion } = schedule;
    const nextAt = nextRun(schedule, now);
    this.#store.database.transaction(() => {
      this.#outbox.add([{ id: randomUUID(), group, name, target, scheduledAt, startedAt: now }]);
      if (nextAt === undefined && ActionAfterCompletion === 'DELETE') this.#store.delete(group, name);
      else this.#store.advance(schedule, scheduledAt, nextAt);
    });
  }

  async #deliver(run: Run, attempts: number): Promise<Attempt> {
    const { target } = run;
    try {
      await this.#hand(run, attempts);
      return 'done';
    } catch (error) {
      if (this.#stopped) return { retryInMs: 0 };
      const { MaximumRetryAttempts = DEFAULT_ATTEMPTS, MaximumEventAgeInSeconds = DEFAULT_AGE_SECONDS } = target.RetryPolicy ?? {};
      const retryInMs = Math.min(FIRST_RETRY_MS * 2 ** attempts, MAX_RETRY_MS);
      const isTooOld = this.#context.clock.now() + retryInMs - run.startedAt > Number(MaximumEventAgeInSeconds) * 1_000;
      // Who may not do it, or calls what is not there, fails the same way each time.
      const isFinal = error instanceof AwsError && error.status < 500 && error.code !== 'TooManyRequestsException';
      if (!isFinal && attempts < Number(MaximumRetryAttempts) && !isTooOld) return { retryInMs };
      await this.#giveUp(run, attempts, error);
      return 'done';
    }
  }

  async #hand(run: Run, attempts: number): Promise<void> {
    const { RoleArn, EventBridgeParameters } = run.target;
    const { arn, body, messageGroupId } = this.#sendingOf(run, attempts);
    const service = arn.split(':')[2] ?? '';
    this.#context.authorizeRole(RoleArn, run.id, targetActions[service] ?? '', arn);
    const running = this.#context.service(service);
    if (running?.deliver === undefined)
      throw new AwsError('InternalServerError', `local mode has no ${service} that takes messages`, { status: 500 });
    const message = EventBridgeParameters === undefined ? body : busEvent(EventBridgeParameters, body);
    await running.deliver(arn, message, { messageGroupId });
  }

  #sendingOf(run: Run, attempts: number): { arn: string; body: string; messageGroupId: string | undefined } {
    const { Arn: arn, SqsParameters } = run.target;
    const body = this.#input(run, attempts);
    if (!isSendMessage(arn)) return { arn, body, messageGroupId: SqsParameters?.MessageGroupId };
    const { partition, region, accountId } = this.#context.account;
    const { queueName, ...message } = readSendMessage(body);
    return { arn: `arn:${partition}:sqs:${region}:${accountId}:${queueName}`, ...message };
  }

  /** Without an input the target gets an event that tells of the schedule. */
  #input(run: Run, attempts: number): string {
    const { account } = this.#context;
    const arn = scheduleArn({ GroupName: run.group, Name: run.name }, account);
    const time = new Date(run.scheduledAt).toISOString().replace(/\.\d{3}Z$/, 'Z');
    const { Input } = run.target;
    if (Input === undefined) {
      const place = { account: account.accountId, region: account.region, time, resources: [arn] };
      return JSON.stringify({
        version: '0',
        id: run.id,
        'detail-type': 'Scheduled Event',
        source: 'aws.scheduler',
        ...place,
        detail: '{}',
      });
    }
    return Input.replaceAll('<aws.scheduler.schedule-arn>', arn)
      .replaceAll('<aws.scheduler.scheduled-time>', time)
      .replaceAll('<aws.scheduler.execution-id>', run.id)
      .replaceAll('<aws.scheduler.attempt-number>', String(attempts + 1));
  }

  async #giveUp(run: Run, attempts: number, error: unknown): Promise<void> {
    const { Arn: targetArn, RoleArn, DeadLetterConfig } = run.target;
    const reason = error instanceof Error ? error.message : String(error);
    const name = `${run.group}/${run.name}`;
    const queueArn = DeadLetterConfig?.Arn;
    this.#context.log.error(
      'scheduler',
      `${name} gave up ${targetArn} after ${attempts + 1} attempts${queueArn === undefined ? ', what it sends is lost' : ''}: ${reason}`,
    );
    if (queueArn === undefined) return;
    const text = (StringValue: string) => ({ DataType: 'String', StringValue });
    const messageAttributes = {
      ERROR_CODE: text(error instanceof AwsError ? error.code : 'InternalServerError'),
      ERROR_MESSAGE: text(reason),
      EXECUTION_ID: text(run.id),
      RETRY_ATTEMPTS: text(String(attempts)),
      SCHEDULE_ARN: text(scheduleArn({ GroupName: run.group, Name: run.name }, this.#context.account)),
      SCHEDULED_TIME: text(new Date(run.scheduledAt).toISOString()),
      TARGET_ARN: text(targetArn),
    };
    try {
      this.#context.authorizeRole(RoleArn, run.id, 'sqs:SendMessage', queueArn);
      await this.#context.service('sqs')?.deliver?.(queueArn, this.#input(run, attempts), { messageAttributes });
    } catch (cause) {
      this.#context.log.error(
        'scheduler',
        `${name} could not use its dead-letter queue: ${cause instanceof Error ? cause.message : String(cause)}`,
      );
    }
  }
}

/** An event as services hand it to a bus. */
const busEvent = ({ Source: source, DetailType }: NonNullable<Target['EventBridgeParameters']>, input: string): string =>
  JSON.stringify({ source, 'detail-type': DetailType, detail: JSON.parse(input) });
