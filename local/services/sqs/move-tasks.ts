import { randomUUID } from 'node:crypto';
import type { LocalLog } from '../../log.ts';
import { AwsError } from '../service.ts';
import type { Queue } from './queue.ts';
import type { Queues } from './queues.ts';

interface MoveTask {
  readonly handle: string;
  readonly source: Queue;
  readonly destinationArn: string | undefined;
  readonly maxPerSecond: number | undefined;
  readonly startedAt: number;
  readonly toMove: number;
  moved: number;
  status: 'RUNNING' | 'COMPLETED' | 'CANCELLING' | 'CANCELLED' | 'FAILED';
  failure?: string;
}

export interface StartMoveInput {
  readonly DestinationArn?: string;
  readonly MaxNumberOfMessagesPerSecond?: number;
}

/** AWS finds out itself how fast a queue takes messages. */
const DEFAULT_PER_SECOND = 500;
const STEP_MS = 50;

/** Moves dead letters back to where they came from, or elsewhere. */
export class MoveTasks {
  readonly #queues: Queues;
  readonly #log: LocalLog;
  /** Newest first. */
  readonly #tasks: MoveTask[] = [];

  constructor(queues: Queues, log: LocalLog) {
    this.#queues = queues;
    this.#log = log;
  }

  /** @throws AwsError `InvalidParameterValue`, `UnsupportedOperation` */
  start(source: Queue, { DestinationArn, MaxNumberOfMessagesPerSecond }: StartMoveInput): object {
    if (this.#queues.sourcesOf(source).length === 0) throw invalid('Source queue must be configured as a Dead Letter Queue.');
    if (DestinationArn === source.arn) throw invalid('Source queue arn and destination queue arn cannot be the same.');
    if (DestinationArn !== undefined) this.destination(DestinationArn);
    if (MaxNumberOfMessagesPerSecond !== undefined && !(MaxNumberOfMessagesPerSecond >= 1 && MaxNumberOfMessagesPerSecond <= 500))
      throw invalid('Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: must be from 1 to 500.');
    if (this.#tasks.some((task) => task.source === source && (task.status === 'RUNNING' || task.status === 'CANCELLING')))
      throw new AwsError(
        'UnsupportedOperation',
        'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
      );
    const task: MoveTask = {
      handle: Buffer.from(JSON.stringify({ taskId: randomUUID(), sourceArn: source.arn })).toString('base64'),
      source,
      destinationArn: DestinationArn,
      maxPerSecond: MaxNumberOfMessagesPerSecond,
      startedAt: this.#queues.clock.now(),
      toMove: this.#queues.store.count(source, this.#queues.clock.now()).visible,
      moved: 0,
      status: 'RUNNING',
    };
    this.#tasks.unshift(task);
    void this.#run(task);
    return { TaskHandle: task.handle };
  }

  list(source: Queue, limit: number): object {
    const own = this.#tasks.filter((task) => task.source === source).slice(0, limit);
    return {
      Results: own.map((task) => ({
        ...(task.status === 'RUNNING' && { TaskHandle: task.handle }),
        Status: task.status,
        SourceArn: task.source.arn,
        ...(task.destinationArn && { DestinationArn: task.destinationArn }),
        ...(task.maxPerSecond && { MaxNumberOfMessagesPerSecond: task.maxPerSecond }),
        ApproximateNumberOfMessagesMoved: task.moved,
        ApproximateNumberOfMessagesToMove: task.toMove,
        ...(task.failure && { FailureReason: task.failure }),
        StartedTimestamp: task.startedAt,
      })),
    };
  }

  /** @throws AwsError `ResourceNotFoundException`, `UnsupportedOperation` */
  cancel(task: MoveTask): object {
    if (task.status !== 'RUNNING') throw new AwsError('UnsupportedOperation', 'Only active message move tasks can be cancelled.');
    task.status = 'CANCELLING';
    return { ApproximateNumberOfMessagesMoved: task.moved };
  }

  /** @throws AwsError `ResourceNotFoundException` */
  find(handle: string): MoveTask {
    const task = this.#tasks.find((one) => one.handle === handle);
    if (task === undefined) throw new AwsError('ResourceNotFoundException', 'Task does not exist.', { status: 404 });
    return task;
  }

  /** @throws AwsError `ResourceNotFoundException` */
  destination(arn: string): Queue {
    try {
      return this.#queues.byArn(arn);
    } catch (cause) {
      throw new AwsError('ResourceNotFoundException', "The resource that you specified for the DestinationArn parameter doesn't exist.", {
        status: 404,
        cause,
      });
    }
  }

  async #run(task: MoveTask): Promise<void> {
    const perStep = Math.max(1, Math.floor(((task.maxPerSecond ?? DEFAULT_PER_SECOND) * STEP_MS) / 1_000));
    const stepMs = task.maxPerSecond === undefined ? STEP_MS : (perStep * 1_000) / task.maxPerSecond;
    try {
      while (task.status === 'RUNNING' && !this.#queues.closed) {
        for (let count = 0; count < perStep && task.status === 'RUNNING'; count += 1) this.#moveOne(task);
        await new Promise((resolve) => setTimeout(resolve, stepMs));
      }
      if (task.status === 'CANCELLING') task.status = 'CANCELLED';
    } catch (error) {
      task.status = 'FAILED';
      task.failure = error instanceof AwsError ? error.code : String(error);
      this.#log.error('sqs', `${task.source.name}: the messages could not be moved: ${error}`);
    }
  }

  #moveOne(task: MoveTask): void {
    const destination = this.#queues.store.redrive(task.source, this.#queues.clock.now(), (sourceArn) => {
      const arn = task.destinationArn ?? sourceArn;
      if (arn === undefined) throw new AwsError('CouldNotDetermineMessageSource', 'A message tells no source queue.');
      return this.#queues.byArn(arn);
    });
    if (destination === undefined) task.status = 'COMPLETED';
    else {
      task.moved += 1;
      this.#queues.wake(destination);
    }
  }
}

const invalid = (message: string): AwsError => new AwsError('InvalidParameterValue', message);
