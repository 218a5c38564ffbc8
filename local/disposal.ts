import type { LocalLog } from './log.ts';

interface Step {
  readonly name: string;
  readonly run: () => Promise<void> | void;
}

/** How long one part may take to end before the others go on without it. */
const MAX_STEP_MS = 8_000;

/** Ends the parts of a backend in the reverse order of their starts, each once, whatever the others do. */
export class Disposal {
  readonly #log: LocalLog;
  readonly #steps: Step[] = [];
  #running: Promise<void> | undefined;

  constructor(log: LocalLog) {
    this.#log = log;
  }

  add(name: string, run: Step['run']): void {
    this.#steps.push({ name, run });
  }

  run(): Promise<void> {
    this.#running ??= this.#runAll();
    return this.#running;
  }

  async #runAll(): Promise<void> {
    for (const step of this.#steps.reverse()) {
      try {
        if (!(await inTime(step))) this.#log.warn('local', `${step.name} did not end within ${MAX_STEP_MS / 1_000} s`);
      } catch (error) {
        this.#log.error('local', `${step.name} did not end well: ${error instanceof Error ? error.stack : String(error)}`);
      }
    }
  }
}

async function inTime(step: Step): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((done) => {
    timer = setTimeout(() => done(false), MAX_STEP_MS);
  });
  try {
    return await Promise.race([Promise.resolve(step.run()).then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
