/** The environment variables between a construct and its handlers. Both sides take the names from here. */
export const variables = {
  userPoolId: 'AUTH_USER_POOL_ID',
  userPoolClientId: 'AUTH_USER_POOL_CLIENT_ID',
  /** The table that counts attempts and holds recovery codes. */
  attemptsTable: 'AUTH_ATTEMPTS_TABLE_NAME',
  /** The table of unique values and idempotency keys. */
  constraintsTable: 'DATA_CONSTRAINTS_TABLE_NAME',
  adminGroup: 'AUTH_ADMIN_GROUP',
  /** Set by local mode for every function, and by nothing else. */
  localMode: 'PLINTH_LOCAL',
} as const;

/** The variable with the name of a model's table: `Note` → `DATA_NOTE_TABLE_NAME`. */
export const tableVariable = (modelName: string): string =>
  `DATA_${modelName.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()}_TABLE_NAME`;
