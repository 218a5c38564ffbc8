import type { HookPoint } from './hooks.ts';

/** The environment variables between a construct and its handlers. Both sides take the names from here. */
export const variables = {
  userPoolId: 'AUTH_USER_POOL_ID',
  userPoolClientId: 'AUTH_USER_POOL_CLIENT_ID',
  /** The table that counts attempts and holds recovery codes. */
  attemptsTable: 'AUTH_ATTEMPTS_TABLE_NAME',
  /** The table of unique values and idempotency keys. */
  constraintsTable: 'DATA_CONSTRAINTS_TABLE_NAME',
  adminGroup: 'AUTH_ADMIN_GROUP',
  /** The ARN of the function that is asked before somebody registers. Absent where nobody is asked. */
  signUpHook: 'AUTH_SIGN_UP_HOOK_ARN',
  /** The table of files and of what each user keeps. */
  filesTable: 'FILES_TABLE_NAME',
  filesBucket: 'FILES_BUCKET_NAME',
  /** Where files are served, without a slash at the end. */
  cdnUrl: 'FILES_CDN_URL',
  distributionId: 'FILES_DISTRIBUTION_ID',
  /** The id of the public key that CloudFront checks links with. */
  linkKeyId: 'FILES_LINK_KEY_ID',
  /** The secret with the private key that signs links, PEM. */
  linkKeySecret: 'FILES_LINK_KEY_SECRET_ARN',
  /** The table of devices, preferences, messages and deliveries. */
  pushTable: 'PUSH_TABLE_NAME',
  /** The queue of messages to be sent. */
  pushMessagesQueue: 'PUSH_MESSAGES_QUEUE_URL',
  /** The queue of deliveries to devices. */
  pushDeliveriesQueue: 'PUSH_DELIVERIES_QUEUE_URL',
  /** The secret with the VAPID key pair: `{ "publicKey", "privateKey" }`, base64url (RFC 8292). */
  vapidSecret: 'PUSH_VAPID_SECRET_ARN',
  /** The public key of the pair, base64url: what browsers subscribe with. Absent without browsers. */
  vapidPublicKey: 'PUSH_VAPID_PUBLIC_KEY',
  /** JSON: the ARN of the SNS platform application by platform (`apns`, `apns-sandbox`, `fcm`). */
  pushApplications: 'PUSH_APPLICATION_ARNS',
  /** What the ARNs of SNS topics begin with (`snsTopicArn` of push-table.ts). Absent with browsers alone. */
  pushTopics: 'PUSH_TOPIC_ARN_PREFIX',
  /** JSON `{ groupName, roleArn, messagesQueueArn, deliveriesQueueArn }`: what EventBridge Scheduler needs to send later. */
  pushScheduler: 'PUSH_SCHEDULER',
  /** The bus of events. */
  eventBus: 'EVENTS_BUS_NAME',
  /** JSON: what the streams of tables tell of, by the name of the table (lib/events/table-sources.ts). */
  eventTables: 'EVENTS_TABLES',
  /** The queue of what is published later. */
  eventRelayQueue: 'EVENTS_RELAY_QUEUE_URL',
  /** The queue of deleted users whom the function forgets: what takes more than a run goes on there. */
  deletedUsersQueue: 'DELETED_USERS_QUEUE_URL',
  /** JSON: the models whose records are deleted with their user, in this order. */
  deletedUsersModels: 'DELETED_USERS_MODELS',
  /** The queue of what could not be published. */
  eventRelayDeadLetters: 'EVENTS_RELAY_DEAD_LETTERS_URL',
  /** The table of handled events. */
  handledEventsTable: 'EVENTS_HANDLED_TABLE_NAME',
  /** JSON: the names or ARNs of a function's secrets, by its own names for them. */
  functionSecrets: 'FUNCTION_SECRETS',
  /** The ARN of the function that another one answers requests for, since it is not written for Node. */
  frontedFunction: 'FUNCTION_FRONTED_ARN',
  /** The name of the function by which one that is not written for Node uses the backend. Absent where it uses nothing of it. */
  functionDoor: 'FUNCTION_DOOR_NAME',
  /** JSON: the URLs of the queues that a function may put messages into, by the names of their functions. */
  functionQueues: 'FUNCTION_QUEUES',
  /** The table of endpoints and of what is sent to them. */
  webhooksTable: 'WEBHOOKS_TABLE_NAME',
  /** The queue of webhooks to be sent. */
  webhookDeliveriesQueue: 'WEBHOOKS_DELIVERIES_QUEUE_URL',
  /** JSON `{ groupName, roleArn, queueArn }`: what EventBridge Scheduler needs to send webhooks later. */
  webhookScheduler: 'WEBHOOKS_SCHEDULER',
  /** The table of webhooks that came in. */
  inboundTable: 'INBOUND_TABLE_NAME',
  /** Of bodies that are too large for an event. Absent where none are taken. */
  inboundBucket: 'INBOUND_BUCKET_NAME',
  /** Where local mode takes requests to hosts outside, so that none leaves the machine. Set by local mode, and by nothing else. */
  recorder: 'PLINTH_RECORDER_URL',
  /** The table of customers, payments and subscriptions. */
  paymentsTable: 'PAYMENTS_TABLE_NAME',
  /** The queue of events of the payment provider that have been taken and are to be handled. */
  paymentEventsQueue: 'PAYMENTS_EVENTS_QUEUE_URL',
  /** The name of the secret `{ "secretKey", "webhookSecrets" }`. */
  paymentsSecret: 'PAYMENTS_SECRET_NAME',
  /** Where local mode stands in for the payment provider. Set by local mode, and by nothing else. */
  paymentsStandIn: 'PLINTH_PAYMENTS_URL',
  /** Where the payment provider answers. Set on a developer's machine only. @default https://api.stripe.com */
  paymentsApiUrl: 'PAYMENTS_API_URL',
  /** The table of e-mails, and of addresses that nothing is sent to. */
  emailTable: 'EMAIL_TABLE_NAME',
  /** The queue of e-mails to be sent. */
  emailQueue: 'EMAIL_QUEUE_URL',
  /** The configuration set of SES, by which it tells of bounces and complaints. */
  emailConfigurationSet: 'EMAIL_CONFIGURATION_SET',
  /** The name of the secret of the mail server, or of the service that sends. */
  emailSecret: 'EMAIL_SECRET_NAME',
  /** The delivery stream of events of apps. */
  analyticsStream: 'ANALYTICS_STREAM_NAME',
  /** The queue of events that are still to be put somewhere. */
  analyticsQueue: 'ANALYTICS_QUEUE_URL',
  /** The queue of events that a service has refused for good, among others that are given up. */
  analyticsDeadLetters: 'ANALYTICS_DEAD_LETTERS_URL',
  /** The table of consents. */
  analyticsConsents: 'ANALYTICS_CONSENTS_TABLE_NAME',
  /** Set by local mode for every function, and by nothing else. */
  localMode: 'PLINTH_LOCAL',
} as const;

/** The variable with the name of a model's table: `Note` → `DATA_NOTE_TABLE_NAME`. */
export const tableVariable = (modelName: string): string =>
  `DATA_${modelName.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()}_TABLE_NAME`;

/** Set where an assembly is made for local mode: layers of native code then only name their packages, and nothing is installed. */
export const standInLayers = 'PLINTH_STAND_IN_LAYERS';

/** Names a folder where each local backend that closes leaves its access report: those of a whole test run together say what no test uses. */
export const accessReportsFolder = 'PLINTH_ACCESS_REPORTS';

/** The variable with the ARN of the function that is asked before a write: `Note`, `create` → `DATA_NOTE_CREATE_HOOK_ARN`. */
export const hookVariable = (modelName: string, point: HookPoint): string =>
  tableVariable(modelName).replace(/TABLE_NAME$/, `${point.toUpperCase()}_HOOK_ARN`);
