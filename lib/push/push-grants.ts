import type { Grant } from '../api/create-role.ts';
import type { WorkQueue } from '../api/work-queue.ts';
import type { Applications } from './create-applications.ts';
import type { PushScheduler } from './create-scheduler.ts';
import type { WebKeys } from './create-web-keys.ts';

/** What functions of push work on. */
export interface PushParts {
  readonly tableArn: string;
  readonly messages: WorkQueue;
  readonly deliveries: WorkQueue;
  readonly feedback: WorkQueue;
  readonly scheduler: PushScheduler;
  /** What the ARNs of SNS topics begin with; with it, the platform applications. Undefined with browsers alone. */
  readonly sns: { readonly topicArnPrefix: string; readonly applications: Applications } | undefined;
  /** Undefined without browsers. */
  readonly webKeys: WebKeys | undefined;
}

const onTable = ({ tableArn }: PushParts, ...actions: readonly string[]): Grant => ({
  actions: actions.map((action) => `dynamodb:${action}`),
  resources: [tableArn],
});

const sendTo = (queue: WorkQueue): Grant => ({ actions: ['sqs:SendMessage'], resources: [queue.queue.queueArn] });

/** What the function behind `/push/*` does. */
export const apiGrants = (parts: PushParts): readonly Grant[] => {
  const { sns } = parts;
  const [table, ...others] = sendGrants(parts);
  return [
    { actions: ['dynamodb:ConditionCheckItem', ...(table?.actions ?? [])], resources: table?.resources ?? [] },
    ...others,
    ...(sns === undefined
      ? []
      : [
          { actions: ['sns:CreatePlatformEndpoint'], resources: Object.values(sns.applications.arns) },
          {
            actions: ['sns:DeleteEndpoint', 'sns:GetEndpointAttributes', 'sns:SetEndpointAttributes'],
            resources: sns.applications.endpointArns,
          },
          // The ARN of a subscription is that of its topic and more.
          { actions: ['sns:Subscribe', 'sns:Unsubscribe'], resources: [`${sns.topicArnPrefix}*`] },
        ]),
  ];
};

/** What a function does that sends messages, reads what came of them and calls them off. */
export const sendGrants = (parts: PushParts): readonly Grant[] => [
  onTable(parts, 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'),
  sendTo(parts.messages),
  ...parts.scheduler.create,
  parts.scheduler.remove,
];

/** What the function behind the messages queue does: it finds who is to get a message. */
export const messagesGrants = (parts: PushParts): readonly Grant[] => {
  const { sns, messages, deliveries } = parts;
  return [
    onTable(parts, 'BatchGetItem', 'Query', 'UpdateItem'),
    sendTo(messages),
    sendTo(deliveries),
    ...(sns === undefined ? [] : [{ actions: ['sns:Publish'], resources: [`${sns.topicArnPrefix}*`] }]),
  ];
};

/** What the function behind the deliveries queue does: it sends to devices. */
export const deliveriesGrants = (parts: PushParts): readonly Grant[] => {
  const { sns, webKeys, scheduler, deliveries } = parts;
  return [
    onTable(parts, 'BatchGetItem', 'DeleteItem', 'UpdateItem', ...(sns === undefined ? [] : ['PutItem'])),
    sendTo(deliveries),
    { actions: ['sqs:ChangeMessageVisibility'], resources: [deliveries.queue.queueArn] },
    ...scheduler.create,
    ...(sns === undefined
      ? []
      : [
          { actions: ['sns:DeleteEndpoint', 'sns:Publish'], resources: sns.applications.endpointArns },
          // Of devices that SNS does not know any more.
          { actions: ['sns:Unsubscribe'], resources: [`${sns.topicArnPrefix}*`] },
        ]),
    ...(webKeys === undefined ? [] : [{ actions: ['secretsmanager:GetSecretValue'], resources: [webKeys.secretArn] }]),
  ];
};

/** What the function behind the feedback queue does: it forgets devices that SNS could not reach. */
export const feedbackGrants = (parts: PushParts): readonly Grant[] => {
  const { sns } = parts;
  return [
    onTable(parts, 'DeleteItem', 'GetItem', 'UpdateItem'),
    ...(sns === undefined
      ? []
      : [
          { actions: ['sns:DeleteEndpoint', 'sns:GetEndpointAttributes'], resources: sns.applications.endpointArns },
          { actions: ['sns:Unsubscribe'], resources: [`${sns.topicArnPrefix}*`] },
        ]),
  ];
};

/** What the function does that forgets deleted users. */
export const deletedUsersGrants = (parts: PushParts): readonly Grant[] => {
  const { sns } = parts;
  return [
    onTable(parts, 'DeleteItem', 'Query', 'UpdateItem'),
    ...(sns === undefined
      ? []
      : [
          { actions: ['sns:DeleteEndpoint'], resources: sns.applications.endpointArns },
          { actions: ['sns:Unsubscribe'], resources: [`${sns.topicArnPrefix}*`] },
        ]),
  ];
};
