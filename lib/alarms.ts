import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Analytics } from './analytics/analytics.ts';
import type { Api } from './api/api.ts';
import type { FeatureFunction } from './api/feature-function.ts';
import type { Auth } from './auth/auth.ts';
import type { Data } from './data/data.ts';
import type { Email } from './email/email.ts';
import type { Events } from './events/events.ts';
import type { Files } from './files/files.ts';
import type { Functions } from './functions/functions.ts';
import type { Inbound } from './inbound/inbound.ts';
import type { Payments } from './payments/payments.ts';
import type { Push } from './push/push.ts';
import type { Webhooks } from './webhooks/webhooks.ts';

/** What is watched. */
export interface AlarmTargets {
  readonly api: Api;
  readonly auth: Auth;
  readonly data:
    | (Pick<Data, 'constraintsTable' | 'deletions' | 'records'> & { readonly tables: Readonly<Record<string, ITable>> })
    | undefined;
  readonly files: Pick<Files, 'table' | 'files' | 'arrivals' | 'sweeper' | 'removals' | 'variants'> | undefined;
  readonly payments: Pick<Payments, 'table' | 'requests' | 'handling'> | undefined;
  readonly analytics?: Pick<Analytics, 'consents' | 'requests' | 'deliveries' | 'stream'> | undefined;
  readonly push: Pick<Push, 'table' | 'requests' | 'messages' | 'deliveries' | 'feedback'> | undefined;
  readonly functions?: Pick<Functions, 'functions'> | undefined;
  readonly email?: Pick<Email, 'table' | 'requests' | 'sender' | 'feedback'> | undefined;
  readonly events?: Pick<Events, 'publisher' | 'handledTable'> | undefined;
  readonly webhooks?: Pick<Webhooks, 'table' | 'requests' | 'fanOut' | 'deliveries'> | undefined;
  readonly inbound?: Pick<Inbound, 'table' | 'requests'> | undefined;
  /** By what they are of. */
  readonly deadLetters: ReadonlyMap<string, IQueue>;
  readonly topic?: ITopic | undefined;
}

const period = Duration.minutes(5);

interface Watch {
  readonly id: string;
  readonly metric: IMetric;
  readonly description: string;
  /** The sum in five minutes from which it is an alarm. @default 1 */
  readonly threshold?: number;
}

const watchFunction = (id: string, { function: target }: FeatureFunction): readonly Watch[] => [
  { id: `${id}Errors`, metric: target.metricErrors({ period, statistic: Stats.SUM }), description: 'A function failed: see its log' },
  {
    id: `${id}Throttles`,
    metric: target.metricThrottles({ period, statistic: Stats.SUM }),
    description: 'A function was throttled: raise the concurrency quota of the account',
  },
];

const watchTable = (id: string, table: ITable): Watch => ({
  id: `${id}Throttles`,
  metric: new Metric({
    namespace: 'AWS/DynamoDB',
    metricName: 'ThrottledRequests',
    dimensionsMap: { TableName: table.tableName },
    period,
    statistic: Stats.SUM,
  }),
  description: 'Requests to a table were throttled: look for a hot partition',
});

const watchDeadLetters = ([name, queue]: readonly [string, IQueue]): Watch => ({
  id: `DeadLetters-${name}`,
  metric: queue.metricApproximateNumberOfMessagesVisible({ period, statistic: Stats.MAXIMUM }),
  description: 'A queue has put something aside after all tries: see the log of its function, mend it, and run "plinth events redrive"',
});

const watchFiles = ({ table, files, arrivals, sweeper, removals, variants }: NonNullable<AlarmTargets['files']>): readonly Watch[] => [
  ...watchFunction('Files', files),
  ...watchFunction('FileArrivals', arrivals.function),
  ...watchFunction('FileSweeper', sweeper.function),
  ...(variants === undefined ? [] : watchFunction('FileVariants', variants.function)),
  watchTable('FilesTable', table),
  ...(removals === undefined ? [] : watchFunction('FileRemovals', removals.function)),
];

const watchPush = (push: NonNullable<AlarmTargets['push']>): readonly Watch[] => [
  ...watchFunction('Push', push.requests),
  ...watchFunction('PushMessages', push.messages),
  ...watchFunction('PushDeliveries', push.deliveries),
  ...watchFunction('PushFeedback', push.feedback),
  watchTable('PushTable', push.table),
];

const watchEmail = ({ table, requests, sender, feedback }: NonNullable<AlarmTargets['email']>): readonly Watch[] => [
  ...watchFunction('Email', requests),
  ...watchFunction('EmailSender', sender),
  ...(feedback === undefined ? [] : watchFunction('EmailFeedback', feedback)),
  watchTable('EmailTable', table),
];

const watchEvents = ({ publisher, handledTable }: NonNullable<AlarmTargets['events']>): readonly Watch[] => [
  ...watchFunction('EventPublisher', publisher),
  watchTable('HandledEvents', handledTable),
];

const watchWebhooks = ({ table, requests, fanOut, deliveries }: NonNullable<AlarmTargets['webhooks']>): readonly Watch[] => [
  ...watchFunction('Webhooks', requests),
  ...watchFunction('WebhookFanOut', fanOut),
  ...watchFunction('WebhookSender', deliveries),
  watchTable('WebhooksTable', table),
];

const watchPayments = (payments: NonNullable<AlarmTargets['payments']>): readonly Watch[] => [
  ...watchFunction('Payments', payments.requests),
  ...watchFunction('PaymentsHandling', payments.handling),
  watchTable('PaymentsTable', payments.table),
];

/** What Firehose cannot put into the bucket for a day is lost: the age of the oldest tells it long before. */
const watchAnalytics = ({ consents, requests, deliveries, stream }: NonNullable<AlarmTargets['analytics']>): readonly Watch[] => [
  ...watchFunction('Analytics', requests),
  ...watchFunction('AnalyticsDeliveries', deliveries),
  watchTable('AnalyticsConsents', consents),
  {
    id: 'AnalyticsStreamAge',
    metric: new Metric({
      namespace: 'AWS/Firehose',
      metricName: 'DeliveryToS3.DataFreshness',
      dimensionsMap: { DeliveryStreamName: stream.ref },
      period,
      statistic: Stats.MAXIMUM,
    }),
    description: 'Events wait in the delivery stream for over an hour: see whether its role may write to the bucket',
    threshold: 3_600,
  },
];

/** Alarms on what a person has to look at: answers with 5xx, failing and throttled functions, throttled tables, what was put aside. */
export const addAlarms = (
  scope: Construct,
  { api, auth, data, files, push, email, events, functions, webhooks, inbound, payments, analytics, deadLetters, topic }: AlarmTargets,
): readonly Alarm[] => {
  const alarms = new Construct(scope, 'Alarms');
  const watches: readonly Watch[] = [
    {
      id: 'ApiServerErrors',
      metric: api.httpApi.metricServerError({ period, statistic: Stats.SUM }),
      description: 'The API answered with 5xx',
      threshold: 5,
    },
    ...watchFunction('Accounts', auth.accounts),
    ...watchFunction('Users', auth.users),
    watchTable('Attempts', auth.attemptsTable),
    ...(data === undefined ? [] : [...watchFunction('Records', data.records), watchTable('Constraints', data.constraintsTable)]),
    ...(data?.deletions === undefined ? [] : watchFunction('Deletions', data.deletions.function)),
    ...Object.entries(data?.tables ?? {}).map(([name, table]) => watchTable(`${name}Table`, table)),
    ...(files === undefined ? [] : watchFiles(files)),
    ...(push === undefined ? [] : watchPush(push)),
    ...(payments === undefined ? [] : watchPayments(payments)),
    ...(analytics === undefined ? [] : watchAnalytics(analytics)),
    ...(email === undefined ? [] : watchEmail(email)),
    ...(events === undefined ? [] : watchEvents(events)),
    ...(webhooks === undefined ? [] : watchWebhooks(webhooks)),
    ...(inbound === undefined ? [] : [...watchFunction('Inbound', inbound.requests), watchTable('InboundTable', inbound.table)]),
    ...[...deadLetters].map(watchDeadLetters),
    ...Object.entries(functions?.functions ?? {}).flatMap(([name, { function: target, front, door }]) => [
      ...watchFunction(`Function-${name}`, target),
      ...(front === undefined ? [] : watchFunction(`Front-${name}`, front)),
      ...(door === undefined ? [] : watchFunction(`Door-${name}`, door)),
    ]),
  ];
  return watches.map(({ id, metric, description, threshold = 1 }) => {
    const alarm = new Alarm(alarms, id, {
      metric,
      alarmDescription: description,
      threshold,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    if (topic !== undefined) alarm.addAlarmAction(new SnsAction(topic));
    return alarm;
  });
};
