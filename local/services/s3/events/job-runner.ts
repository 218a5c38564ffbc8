import { AwsError, type LocalContext } from '../../service.ts';
import type { Job, JobStore } from '../storage/job-store.ts';

const BATCH = 100;
const FIRST_PAUSE_MS = 200;
const MAX_PAUSE_MS = 10_000;

/** What sort of service stands behind an ARN, and what S3 must be allowed to do there. A bus needs no leave. */
const receivers: Readonly<Record<string, { readonly action: string | undefined }>> = {
  sqs: { action: 'sqs:SendMessage' },
  sns: { action: 'sns:Publish' },
  lambda: { action: 'lambda:InvokeFunction' },
  events: { action: undefined },
};

/**
 * Does what is still to be done about changes: one job after the other, each at least once. A job ends when the receiver has what it
 * was told; while the receiver doesn't run yet, or fails, the job waits.
 */
export class JobRunner {
  readonly #jobs: JobStore;
  readonly #context: LocalContext;
  readonly #scan: (job: Job) => Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;

  constructor(jobs: JobStore, context: LocalContext, scan: (job: Job) => Promise<void>) {
    this.#jobs = jobs;
    this.#context = context;
    this.#scan = scan;
  }

  /** Looks for jobs now. */
  wake(): void {
    if (this.#stopped) return;
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    // A job that wakes the runner must find it running.
    this.#running = Promise.resolve()
      .then(() => this.#runAll())
      .catch((error: unknown) => this.#context.log.error('s3', `jobs could not be done: ${String(error)}`))
      .finally(() => {
        this.#running = undefined;
        if (this.#again) this.wake();
        else this.#sleep();
      });
  }

  /** Lets the job at hand end. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #sleep(): void {
    if (this.#stopped || this.#jobs.count() === 0) return;
    this.#timer = setTimeout(() => this.wake(), FIRST_PAUSE_MS);
    this.#timer.unref();
  }

  async #runAll(): Promise<void> {
    this.#again = false;
    for (;;) {
      const due = this.#jobs.due(Date.now(), BATCH);
      for (const job of due) {
        if (this.#stopped) return;
        await this.#run(job);
      }
      if (due.length < BATCH) return;
    }
  }

  async #run(job: Job): Promise<void> {
    try {
      const done = job.kind === 'scan' ? await this.#scan(job).then(() => true) : await this.#tell(job);
      if (done) this.#jobs.end(job.id);
      else this.#jobs.postpone(job, Date.now() + FIRST_PAUSE_MS);
    } catch (error) {
      this.#fail(job, error);
    }
  }

  /** @returns false when the receiver does not run yet */
  async #tell({ target, source, message }: Job): Promise<boolean> {
    const name = target.split(':')[2] ?? '';
    const service = this.#context.service(name);
    if (service?.deliver === undefined) return false;
    const action = receivers[name]?.action;
    if (action !== undefined) this.#context.authorizeService('s3.amazonaws.com', action, target, source);
    await service.deliver(target, message);
    return true;
  }

  /** What the receiver refuses is lost, as on AWS; what merely failed is tried again. */
  #fail(job: Job, error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    if (error instanceof AwsError && error.status < 500) {
      this.#context.log.warn('s3', `an event of ${job.source} does not reach ${job.target}: ${why}`);
      this.#jobs.end(job.id);
      return;
    }
    this.#context.log.warn('s3', `${job.target} could not be told, and will be again: ${why}`);
    this.#jobs.postpone(job, Date.now() + Math.min(FIRST_PAUSE_MS * 2 ** job.attempts, MAX_PAUSE_MS));
  }
}
