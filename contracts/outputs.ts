/** The CloudFormation outputs of a Plinth stack: what clients, the CLI and local mode need to know of it. */
export const outputs = {
  apiUrl: 'ApiUrl',
  userPoolId: 'UserPoolId',
  userPoolClientId: 'UserPoolClientId',
  /** The names of the tables by model, and of the constraints table as `''`: JSON. Absent for a backend without models. */
  dataTables: 'DataTables',
} as const;
