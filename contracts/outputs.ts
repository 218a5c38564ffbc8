/** The CloudFormation outputs of a Plinth stack: what clients, the CLI and local mode need to know of it. */
export const outputs = {
  apiUrl: 'ApiUrl',
  userPoolId: 'UserPoolId',
  userPoolClientId: 'UserPoolClientId',
  /** The names of the tables by model, and of the constraints table as `''`: JSON. Absent for a backend without models. */
  dataTables: 'DataTables',
  /** Where files are served. Absent for a backend without folders. */
  cdnUrl: 'CdnUrl',
  filesBucketName: 'FilesBucketName',
  filesTableName: 'FilesTableName',
  /** The table of devices, messages and their deliveries. Absent for a backend without push. */
  pushTableName: 'PushTableName',
  /** Absent for a backend in which nothing listens to events; so are the next ones. */
  eventBusName: 'EventBusName',
  eventArchiveName: 'EventArchiveName',
  /** The names of the queues of dead letters by what they are of: JSON. */
  deadLetterQueues: 'DeadLetterQueues',
  /** What `plinth webhooks` invokes. Absent for a backend without webhooks. */
  webhooksFunctionName: 'WebhooksFunctionName',
  /** Where events of apps are. Absent for a backend without analytics. */
  analyticsBucketName: 'AnalyticsBucketName',
} as const;
