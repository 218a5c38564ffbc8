import type { LocalAccount, ResolvedResource } from '../service.ts';
import { number, record, text } from './function-definition.ts';
import { functionArn } from './identify-lambda.ts';

/** An `AWS::Lambda::EventSourceMapping` of the template. */
export interface EventSourceMapping {
  readonly id: string;
  readonly functionArn: string;
  readonly sourceArn: string;
  readonly enabled: boolean;
  /** Undefined: the source's own default. */
  readonly batchSize: number | undefined;
  readonly batchingWindowMs: number;
  /** How many batches of a queue may run at once. Undefined: as many as Lambda likes. */
  readonly maxConcurrency: number | undefined;
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST';
  /** Patterns; a record passes when one of them matches, or when there are none. */
  readonly filters: readonly unknown[];
  readonly bisectsOnError: boolean;
  /** Undefined: until the records are gone. */
  readonly maxRetries: number | undefined;
  readonly maxRecordAgeMs: number | undefined;
  readonly reportsItemFailures: boolean;
  readonly onFailure: string | undefined;
}

export function readEventSourceMappings(resources: readonly ResolvedResource[], account: LocalAccount): EventSourceMapping[] {
  return resources
    .filter(({ type }) => type === 'AWS::Lambda::EventSourceMapping')
    .map(({ ref, properties }) => ({
      id: ref,
      functionArn: functionArn(text(properties['FunctionName']) ?? '', account),
      sourceArn: text(properties['EventSourceArn']) ?? '',
      enabled: properties['Enabled'] !== false && properties['Enabled'] !== 'false',
      batchSize: number(properties['BatchSize']),
      batchingWindowMs: (number(properties['MaximumBatchingWindowInSeconds']) ?? 0) * 1_000,
      maxConcurrency: number(record(properties['ScalingConfig'])['MaximumConcurrency']),
      startingPosition: properties['StartingPosition'] === 'TRIM_HORIZON' ? 'TRIM_HORIZON' : 'LATEST',
      filters: readFilters(properties['FilterCriteria']),
      bisectsOnError: properties['BisectBatchOnFunctionError'] === true || properties['BisectBatchOnFunctionError'] === 'true',
      maxRetries: limit(properties['MaximumRetryAttempts']),
      maxRecordAgeMs: seconds(limit(properties['MaximumRecordAgeInSeconds'])),
      reportsItemFailures: [properties['FunctionResponseTypes']].flat().includes('ReportBatchItemFailures'),
      onFailure: text(record(record(properties['DestinationConfig'])['OnFailure'])['Destination']),
    }));
}

function readFilters(criteria: unknown): unknown[] {
  const filters = record(criteria)['Filters'];
  return Array.isArray(filters) ? filters.map((filter) => JSON.parse(String(record(filter)['Pattern'] ?? '{}')) as unknown) : [];
}

/** -1 is how AWS writes "no limit". */
function limit(value: unknown): number | undefined {
  const given = number(value);
  return given === undefined || given < 0 ? undefined : given;
}

const seconds = (value: number | undefined): number | undefined => (value === undefined ? undefined : value * 1_000);
