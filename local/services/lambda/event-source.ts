import type { LocalContext } from '../service.ts';
import type { AsyncInvoker } from './async-invoker.ts';
import type { EventSourceMapping } from './event-source-mapping.ts';
import type { Outcome } from './execution-environment.ts';
import type { LambdaStore } from './lambda-store.ts';

/** What an event source works with. */
export interface EventSourceParts {
  readonly mapping: EventSourceMapping;
  readonly context: LocalContext;
  readonly store: LambdaStore;
  readonly destinations: Pick<AsyncInvoker, 'deliver'>;
  readonly functionTimeoutMs: number;
  /**
   * Asks whether the function's role may do this.
   *
   * @throws AwsError `AccessDeniedException`
   */
  authorize(action: string, resourceArn: string): void;
  /** Runs the mapping's function. */
  invoke(event: unknown, requestId: string): Promise<Outcome>;
}

/** A running event source mapping. */
export interface EventSource {
  /** Lets the running batch finish. */
  stop(): Promise<void>;
}

/** A kind of source that functions can be fed from. `event-source-registry.ts` lists them. */
export interface EventSourceType {
  /** The third part of the source's ARN. */
  readonly service: string;
  /** @throws AwsError, StartError where AWS would refuse the mapping */
  start(parts: EventSourceParts): EventSource;
}
