import { AwsError, type LocalAccount } from '../service.ts';
import { isTimeZone } from '../time-zone.ts';
import { nextTime, parseScheduleExpression, type ScheduleBounds } from './schedule-expression.ts';
import { isSendMessage, readSendMessage } from './send-message-target.ts';

/** What a schedule calls. */
export interface Target {
  readonly Arn: string;
  readonly RoleArn: string;
  readonly Input?: string;
  readonly RetryPolicy?: { readonly MaximumRetryAttempts?: number; readonly MaximumEventAgeInSeconds?: number };
  readonly DeadLetterConfig?: { readonly Arn?: string };
  readonly SqsParameters?: { readonly MessageGroupId?: string };
  readonly EventBridgeParameters?: { readonly DetailType: string; readonly Source: string };
}

/** A schedule as `CreateSchedule` takes it. Dates are seconds since the epoch. */
export interface ScheduleInput {
  readonly ScheduleExpression: string;
  readonly ScheduleExpressionTimezone: string;
  readonly FlexibleTimeWindow: { readonly Mode: 'OFF' | 'FLEXIBLE'; readonly MaximumWindowInMinutes?: number };
  readonly State: 'ENABLED' | 'DISABLED';
  readonly ActionAfterCompletion: 'NONE' | 'DELETE';
  readonly Target: Target;
  readonly StartDate?: number;
  readonly EndDate?: number;
  readonly Description?: string;
  readonly KmsKeyArn?: string;
}

/** A schedule that is kept. Times are milliseconds since the epoch. */
export interface Schedule extends ScheduleInput {
  readonly Name: string;
  readonly GroupName: string;
  readonly createdAt: number;
  readonly modifiedAt: number;
  readonly clientToken: string | undefined;
}

const NAME = /^[0-9a-zA-Z-_.]{1,64}$/;
/** Of templated targets; all others go through `aws-sdk` targets, of which local mode knows SendMessage. */
export const targetActions: Readonly<Record<string, string>> = {
  sqs: 'sqs:SendMessage',
  lambda: 'lambda:InvokeFunction',
  sns: 'sns:Publish',
  events: 'events:PutEvents',
};
const MAX_INPUT_LENGTH = 262_144;

export const scheduleArn = (
  { GroupName, Name }: Pick<Schedule, 'GroupName' | 'Name'>,
  { partition, region, accountId }: LocalAccount,
): string => `arn:${partition}:scheduler:${region}:${accountId}:schedule/${GroupName}/${Name}`;

export const groupArn = (name: string, { partition, region, accountId }: LocalAccount): string =>
  `arn:${partition}:scheduler:${region}:${accountId}:schedule-group/${name}`;

/** @throws AwsError `ValidationException` */
export function checkName(name: string): string {
  return NAME.test(name)
    ? name
    : invalid(`the name ${JSON.stringify(name)} must have 1 to 64 letters, digits, hyphens, underscores and dots`);
}

/** @throws AwsError `ValidationException` for what AWS refuses, and for targets that local mode can't call */
export function checkSchedule(input: Readonly<Record<string, unknown>>): ScheduleInput {
  const expression = String(input['ScheduleExpression'] ?? '');
  const zone = String(input['ScheduleExpressionTimezone'] ?? 'UTC');
  if (parseScheduleExpression(expression) === undefined) return invalid(`Invalid Schedule Expression ${expression}.`);
  if (!isTimeZone(zone)) return invalid(`The timezone ${zone} is not supported.`);
  const window = checkWindow(input['FlexibleTimeWindow']);
  const StartDate = seconds(input['StartDate'], 'StartDate');
  const EndDate = seconds(input['EndDate'], 'EndDate');
  if (StartDate !== undefined && EndDate !== undefined && EndDate <= StartDate)
    return invalid('The EndDate must come after the StartDate.');
  return {
    ScheduleExpression: expression,
    ScheduleExpressionTimezone: zone,
    FlexibleTimeWindow: window,
    State: oneOf(input['State'] ?? 'ENABLED', ['ENABLED', 'DISABLED'], 'State'),
    ActionAfterCompletion: oneOf(input['ActionAfterCompletion'] ?? 'NONE', ['NONE', 'DELETE'], 'ActionAfterCompletion'),
    Target: checkTarget(input['Target']),
    ...(StartDate !== undefined && { StartDate }),
    ...(EndDate !== undefined && { EndDate }),
    ...(typeof input['Description'] === 'string' && { Description: input['Description'] }),
    ...(typeof input['KmsKeyArn'] === 'string' && { KmsKeyArn: input['KmsKeyArn'] }),
  };
}

/** When a schedule runs next after a time; undefined when it does not. */
export function nextRun(schedule: Schedule, after: number): number | undefined {
  const expression = parseScheduleExpression(schedule.ScheduleExpression);
  if (expression === undefined || schedule.State === 'DISABLED') return undefined;
  const bounds: ScheduleBounds = {
    zone: schedule.ScheduleExpressionTimezone,
    createdAt: schedule.createdAt,
    startDate: schedule.StartDate === undefined ? undefined : schedule.StartDate * 1_000,
    endDate: schedule.EndDate === undefined ? undefined : schedule.EndDate * 1_000,
  };
  return nextTime(expression, after, bounds);
}

function checkWindow(value: unknown): ScheduleInput['FlexibleTimeWindow'] {
  const { Mode, MaximumWindowInMinutes } = asRecord(value, 'FlexibleTimeWindow');
  if (Mode === 'OFF') return { Mode };
  const minutes = Number(MaximumWindowInMinutes);
  if (Mode === 'FLEXIBLE' && Number.isInteger(minutes) && minutes >= 1 && minutes <= 1_440)
    return { Mode, MaximumWindowInMinutes: minutes };
  return invalid('FlexibleTimeWindow must have the Mode OFF, or FLEXIBLE with a MaximumWindowInMinutes from 1 to 1440.');
}

function checkTarget(value: unknown): Target {
  const target = asRecord(value, 'Target') as Partial<Target>;
  const { Arn = '', RoleArn = '', Input, RetryPolicy, DeadLetterConfig } = target;
  const [, , service = ''] = String(Arn).split(':');
  if (isSendMessage(String(Arn))) readSendMessage(Input);
  else if (service === 'scheduler') return invalid(`the target ${Arn} calls an API of AWS: local mode knows aws-sdk:sqs:sendMessage only`);
  else if (targetActions[service] === undefined)
    return invalid(`Provided Arn is not in correct format, or local mode has no such target: ${Arn}`);
  if (!/^arn:[\w-]+:iam::\d{12}:role\/.+/.test(String(RoleArn))) return invalid('Target.RoleArn must be the ARN of a role.');
  if (Input !== undefined && (typeof Input !== 'string' || Input.length > MAX_INPUT_LENGTH))
    return invalid('Target.Input must be a text of at most 262144 characters.');
  if (service === 'lambda' && Input !== undefined && !isJson(Input)) return invalid('Target.Input must be JSON for a Lambda function.');
  if (service === 'events' && (target.EventBridgeParameters === undefined || !isJson(Input ?? '{}')))
    return invalid('A bus needs EventBridgeParameters, and JSON as Input.');
  checkBounds(RetryPolicy?.MaximumRetryAttempts, 0, 185, 'MaximumRetryAttempts');
  checkBounds(RetryPolicy?.MaximumEventAgeInSeconds, 60, 86_400, 'MaximumEventAgeInSeconds');
  if (DeadLetterConfig?.Arn !== undefined && DeadLetterConfig.Arn.split(':')[2] !== 'sqs')
    return invalid('DeadLetterConfig.Arn must be that of a queue.');
  return target as Target;
}

function checkBounds(value: unknown, min: number, max: number, name: string): void {
  if (value !== undefined && !(Number.isInteger(Number(value)) && Number(value) >= min && Number(value) <= max))
    invalid(`${name} must be from ${min} to ${max}.`);
}

/** The API sends seconds, a template an ISO time. */
function seconds(value: unknown, name: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  const parsed = typeof value === 'number' ? value : Date.parse(String(value)) / 1_000;
  return Number.isFinite(parsed) ? parsed : invalid(`${name} is no time.`);
}

function oneOf<Value extends string>(value: unknown, allowed: readonly Value[], name: string): Value {
  return allowed.find((candidate) => candidate === value) ?? invalid(`${name} must be one of ${allowed.join(', ')}.`);
}

function asRecord(value: unknown, name: string): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : invalid(`${name} is required.`);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function invalid(message: string): never {
  throw new AwsError('ValidationException', message);
}
