import { StartError } from '../../start-error.ts';
import { checkPattern } from '../lambda/event-pattern.ts';
import type { LocalAccount, ResolvedResource } from '../service.ts';
import { parseSchedule } from './schedule-expression.ts';

/** Where a rule sends events. */
export interface Target {
  readonly id: string;
  readonly arn: string;
  readonly roleArn: string | undefined;
  readonly input: string | undefined;
  readonly inputPath: string | undefined;
  readonly transformer: { readonly paths: Readonly<Record<string, string>>; readonly template: string } | undefined;
  /** Of a target that is called by HTTP; values may be paths into the event. */
  readonly http: {
    readonly path: readonly string[];
    readonly headers: Readonly<Record<string, string>>;
    readonly query: Readonly<Record<string, string>>;
  };
  readonly messageGroupId: string | undefined;
  readonly maxRetries: number;
  readonly maxAgeMs: number;
  readonly deadLetterArn: string | undefined;
}

export interface Rule {
  readonly arn: string;
  readonly name: string;
  readonly busName: string;
  readonly pattern: unknown;
  readonly schedule: string | undefined;
  readonly isEnabled: boolean;
  readonly targets: readonly Target[];
}

/** AWS: "for 24 hours and up to 185 times". */
const MAX_RETRIES = 185;
const MAX_AGE_SECONDS = 86_400;

export const eventsArn = ({ partition, region, accountId }: LocalAccount, name: string): string =>
  `arn:${partition}:events:${region}:${accountId}:${name}`;

export const ruleArn = (account: LocalAccount, busName: string, name: string): string =>
  eventsArn(account, busName === 'default' ? `rule/${name}` : `rule/${busName}/${name}`);

/** A bus by its name or ARN. */
export const busNameOf = (bus: unknown): string => (typeof bus === 'string' && bus !== '' ? (bus.split('/').at(-1) ?? bus) : 'default');

/**
 * A rule as the template declares it.
 *
 * @throws StartError where AWS would not take it
 */
export function readRule({ logicalId, ref, attributes, properties }: ResolvedResource): Rule {
  const schedule = asText(properties['ScheduleExpression']);
  const pattern = properties['EventPattern'];
  try {
    if (pattern === undefined && schedule === undefined) throw new Error('it has neither a pattern nor a schedule');
    if (pattern !== undefined) checkPattern(pattern);
    if (schedule !== undefined) parseSchedule(schedule, 0);
    const busName = busNameOf(properties['EventBusName']);
    if (schedule !== undefined && busName !== 'default') throw new Error('ScheduleExpression is supported only on the default event bus');
    const targets = Array.isArray(properties['Targets']) ? (properties['Targets'] as Json[]) : [];
    return {
      arn: attributes['Arn'] ?? '',
      name: ref.split('|').at(-1) ?? ref,
      busName,
      pattern,
      schedule,
      isEnabled: properties['State'] !== 'DISABLED',
      targets: targets.map(readTarget),
    };
  } catch (cause) {
    const advice = 'Mend it where it is defined: a deployment would fail too.';
    throw new StartError(`The rule ${logicalId} is not valid: ${(cause as Error).message}.`, advice, { cause });
  }
}

type Json = Readonly<Record<string, unknown>>;

function readTarget(target: Json): Target {
  const transformer = target['InputTransformer'] === undefined ? undefined : record(target['InputTransformer']);
  const retries = record(target['RetryPolicy']);
  const { PathParameterValues: path, HeaderParameters, QueryStringParameters } = record(target['HttpParameters']);
  return {
    id: String(target['Id']),
    arn: String(target['Arn']),
    roleArn: asText(target['RoleArn']),
    input: asText(target['Input']),
    inputPath: asText(target['InputPath']),
    transformer: transformer && {
      paths: record(transformer['InputPathsMap']) as Record<string, string>,
      template: String(transformer['InputTemplate'] ?? ''),
    },
    http: {
      path: Array.isArray(path) ? path.map(String) : [],
      headers: record(HeaderParameters) as Record<string, string>,
      query: record(QueryStringParameters) as Record<string, string>,
    },
    messageGroupId: asText(record(target['SqsParameters'])['MessageGroupId']),
    maxRetries: Number(retries['MaximumRetryAttempts'] ?? MAX_RETRIES),
    maxAgeMs: Number(retries['MaximumEventAgeInSeconds'] ?? MAX_AGE_SECONDS) * 1_000,
    deadLetterArn: asText(record(target['DeadLetterConfig'])['Arn']),
  };
}

const asText = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const record = (value: unknown): Json => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {});
