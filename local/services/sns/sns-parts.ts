import type { AwsRequest, LocalContext } from '../service.ts';
import type { Deliveries } from './deliveries.ts';
import type { PlatformEvents } from './platform-events.ts';
import type { QueryInput } from './query-request.ts';
import type { Members } from './sns-answer.ts';
import type { SnsStore } from './sns-store.ts';

/** What the operations of SNS work on. */
export interface SnsParts {
  readonly store: SnsStore;
  readonly deliveries: Deliveries;
  readonly events: PlatformEvents;
  readonly context: LocalContext;
}

/** One operation of SNS. */
export type SnsOperation = (input: QueryInput, request: AwsRequest) => Members;
