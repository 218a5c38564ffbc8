import { dynamodbEventSource } from './dynamodb-event-source.ts';
import type { EventSourceType } from './event-source.ts';
import { sqsEventSource } from './sqs-event-source.ts';

/** Every source that local mode can feed functions from. */
export const eventSourceTypes: readonly EventSourceType[] = [dynamodbEventSource, sqsEventSource];
