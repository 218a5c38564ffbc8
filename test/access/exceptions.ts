import type { Access } from '../../local/services/iam/access-report.ts';

/** A grant or a refusal that is as it should be, though it looks otherwise. */
export interface Exception extends Access {
  readonly reason: string;
}

/** How many grants may be there that no test uses. */
export const maxUnused = 5;

/** Grants that no test uses, and why they are needed all the same. */
export const neverUsed: readonly Exception[] = [
  {
    role: 'FilesEmptyBucketFunctionRole',
    action: 's3:DeleteObject',
    resource: 'FilesBucket/*',
    reason: 'AWS asks for it at each DeleteObjects, also where all that it names are versions ("DeleteObjects", Amazon S3 API Reference).',
  },
  {
    role: 'FilesVariantsFunctionRole',
    action: 's3:DeleteObject',
    resource: 'FilesBucket/variants/*',
    reason: 'For an original that is deleted in the moment in which its variant is stored.',
  },
  ...['DataRecordsOfDeletedUsers', 'FilesFilesOfDeletedUsers'].map((name) => ({
    ...{ role: `${name}FunctionRole`, action: 'sqs:SendMessage', resource: `${name}EventsQueue` },
    reason: 'For users who have more than a run of a minute can delete.',
  })),
  {
    role: 'PushMessagesRole',
    action: 'sqs:SendMessage',
    resource: 'PushMessagesQueue',
    reason: 'For topics with more listeners than a run of a minute can reach.',
  },
];

/** Roles that nothing in local mode acts as, so that nothing is known of what they do. */
export const notRun: readonly { readonly role: string; readonly reason: string }[] = [
  { role: 'FilesMalwareProtectionRole', reason: 'GuardDuty acts as it, and AWS prescribes its rights.' },
];

const missingSecret = 'A secret that nobody has stored yet: Secrets Manager refuses what no policy can name, and the function says so.';
const rightsTested = 'The test is about what the role may not do.';

/**
 * S3 asks for it where an object is missing, to say 404 in place of 403; both mean the same to the functions, and whether an object is
 * gone already when they look is a matter of time.
 */
export const askedForMissingObjects = 's3:ListBucket';

/** What roles ask for in tests and are not given, and why nothing is amiss with that. */
export const meantToBeRefused: readonly Exception[] = [
  ...[
    ...['AnalyticsSenderRole', 'EmailSenderRole', 'InboundFunctionRole', 'PaymentsFunctionRole', 'PaymentsHandlingRole'],
    ...['PaymentsSubscriptionsOfDeletedUsersFunctionRole', 'PushApplicationMakerRole'],
  ].map((role) => ({
    ...{ role, action: 'secretsmanager:GetSecretValue', resource: 'secretsmanager:secret', reason: missingSecret },
  })),
  ...['FilesRemovalsFunctionRole', 'FilesFilesOfDeletedUsersFunctionRole'].map((role) => ({
    ...{ role, action: 'dynamodb:GetItem', resource: 'FilesTable' },
    reason: 'What opens the connection before the first event comes; the refusal opens it as well.',
  })),
  {
    role: 'FunctionslibrarianSchedulesRole',
    action: 'sqs:SendMessage',
    resource: 'FunctionsRunsQueue-gone',
    reason: 'A test takes the queue away from a schedule, and looks for the message among the dead letters.',
  },
  ...['FunctionsnarrowFunctionRole', 'FunctionsnarrowDoorRole', 'ReaderRole'].flatMap((role) =>
    ['dynamodb:DeleteItem', 'dynamodb:UpdateItem'].map((action) => ({ role, action, resource: 'DataModelTable', reason: rightsTested })),
  ),
  { role: 'FunctionsnarrowDoorRole', action: 'dynamodb:PutItem', resource: 'DataModelTable', reason: rightsTested },
  { role: 'FunctionshearsFunctionRole', action: 's3:GetObject', resource: 'InboundBodies/*', reason: rightsTested },
  { role: 'CallerRole', action: 'dynamodb:DeleteItem', resource: 'DataModelTable', reason: rightsTested },
  { role: 'ReadsRole', action: 'dynamodb:UpdateItem', resource: 'FilesTable', reason: rightsTested },
];
