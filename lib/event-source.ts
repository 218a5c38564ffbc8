import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { WorkQueue } from './api/work-queue.ts';

/** What integrations need to know of events: an `Events` is one. */
export interface EventSource {
  /** All event types that there are so far. */
  readonly eventTypes: readonly string[];
  /** Has events of these types put into a queue of their own. */
  on(
    scope: Construct,
    id: string,
    listener: { readonly name?: string; readonly types: readonly string[]; readonly timeoutSeconds: number; readonly attempts?: number },
  ): WorkQueue;
  /** Has the items of a table told that are events. */
  addTable(source: { readonly kind: 'outbox'; readonly table: ITable; readonly types: readonly string[]; readonly prefix?: string }): void;
  /** Lists a queue of dead letters among those that `plinth events` looks after. */
  addDeadLetters(name: string, queue: IQueue): void;
}
