import { listOf } from '../../iam/policy-document.ts';
import { fitsPattern } from '../../iam/policy-text.ts';

/** Whom a bucket tells of what. */
export interface NotificationTarget {
  /** The ARN of a queue, a function or a topic. */
  readonly arn: string;
  /** For example `s3:ObjectCreated:*`. */
  readonly events: readonly string[];
  readonly prefix: string;
  readonly suffix: string;
  readonly configurationId: string;
}

export interface NotificationRules {
  readonly targets: readonly NotificationTarget[];
  /** Whether all events go to EventBridge as well. */
  readonly eventBridge: boolean;
}

type Properties = Readonly<Record<string, unknown>>;

const members = [
  { list: 'QueueConfigurations', arns: ['Queue', 'QueueArn'] },
  { list: 'TopicConfigurations', arns: ['Topic', 'TopicArn'] },
  { list: 'LambdaConfigurations', arns: ['Function'] },
  { list: 'LambdaFunctionConfigurations', arns: ['LambdaFunctionArn'] },
] as const;

/**
 * @param own the bucket's `NotificationConfiguration` as CloudFormation writes it
 * @param custom that of CDK's `Custom::S3BucketNotifications`, which has the form of S3's API
 */
export function readNotifications(own: Properties, custom: Properties): NotificationRules {
  const bridge = own['EventBridgeConfiguration'] as Properties | undefined;
  return {
    targets: [own, custom].flatMap((configuration) =>
      members.flatMap(({ list, arns }) =>
        listOf(configuration[list] as Properties | readonly Properties[] | undefined).map((entry) => readTarget(entry, arns)),
      ),
    ),
    eventBridge:
      (bridge !== undefined && String(bridge['EventBridgeEnabled'] ?? true) === 'true') || custom['EventBridgeConfiguration'] !== undefined,
  };
}

function readTarget(entry: Properties, arns: readonly string[]): NotificationTarget {
  const arn = String(arns.map((name) => entry[name]).find((value) => value !== undefined));
  const filter = (entry['Filter'] ?? {}) as Properties;
  const keyFilter = (filter['S3Key'] ?? filter['Key'] ?? {}) as Properties;
  const rules = listOf((keyFilter['Rules'] ?? keyFilter['FilterRules']) as Properties | readonly Properties[] | undefined);
  const rule = (wanted: string): string => String(rules.find(({ Name }) => String(Name).toLowerCase() === wanted)?.['Value'] ?? '');
  return {
    arn,
    events: listOf((entry['Event'] ?? entry['Events']) as string | readonly string[]),
    prefix: rule('prefix'),
    suffix: rule('suffix'),
    configurationId: String(entry['Id'] ?? arn.split(':').at(-1)),
  };
}

/** @param event for example `s3:ObjectCreated:Put` */
export const wants = ({ events, prefix, suffix }: NotificationTarget, event: string, key: string): boolean =>
  events.some((pattern) => fitsPattern(pattern, event)) && key.startsWith(prefix) && key.endsWith(suffix);
