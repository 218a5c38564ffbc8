import type { Rule } from './access.ts';
import type { Route } from './route.ts';

// What the synth side makes of a function of the definition, and its bundle carries.

/** A route that a function answers. */
export interface CompiledRequest {
  /** How the function is told of it: a route of its own, or a call by its name. */
  readonly trigger: { readonly kind: 'http'; readonly route: string } | { readonly kind: 'call'; readonly name: string };
  readonly route: Route;
  readonly rules: readonly Rule<'call'>[];
}

/** `definition` of `@compiled/function`. */
export interface CompiledFunction {
  readonly name: string;
  /** By route key. */
  readonly requests: Readonly<Record<string, CompiledRequest>>;
  /** The names of the definition's variables. */
  readonly env: readonly string[];
  /** How long an event or a run by the clock is claimed: the longest run, and a little. */
  readonly leaseSeconds: number;
}

/** What EventBridge Scheduler puts into the queue of a function. */
export interface ScheduledRun {
  readonly kind: 'schedule';
  /** Which of the function's schedules it is. */
  readonly schedule: string;
  /** When it was due: ISO 8601, UTC. */
  readonly dueAt: string;
}

/** What another function puts into the queue of a function. */
export interface QueuedMessage {
  readonly kind: 'message';
  readonly message: unknown;
}
