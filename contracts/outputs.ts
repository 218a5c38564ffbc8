/** The CloudFormation outputs of a Plinth stack: what clients, the CLI and local mode need to know of it. */
export const outputs = {
  apiUrl: 'ApiUrl',
  userPoolId: 'UserPoolId',
  userPoolClientId: 'UserPoolClientId',
} as const;
