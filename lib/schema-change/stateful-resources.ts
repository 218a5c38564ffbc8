/** Resources that hold data, and the properties whose change makes CloudFormation replace them ("Update requires: Replacement"). */
export const statefulTypes: Readonly<Record<string, readonly string[]>> = {
  'AWS::DynamoDB::Table': ['KeySchema', 'LocalSecondaryIndexes', 'TableName'],
  'AWS::DynamoDB::GlobalTable': ['KeySchema', 'LocalSecondaryIndexes', 'TableName'],
  'AWS::Cognito::UserPool': ['AliasAttributes', 'UsernameAttributes', 'UsernameConfiguration', 'Schema'],
  'AWS::S3::Bucket': ['BucketName'],
  'AWS::DSQL::Cluster': [],
  'AWS::RDS::DBCluster': ['DBClusterIdentifier', 'DatabaseName', 'Engine', 'MasterUsername'],
};

/** The words of a type for people. */
export const typeName = (type: string): string => {
  const names: Readonly<Record<string, string>> = {
    'AWS::Cognito::UserPool': 'user pool',
    'AWS::S3::Bucket': 'bucket',
    'AWS::DSQL::Cluster': 'database',
  };
  return names[type] ?? (type.startsWith('AWS::DynamoDB::') ? 'table' : type);
};

/** What would be lost with it. */
export const contentOf = (type: string): string =>
  ({ 'AWS::Cognito::UserPool': 'all accounts', 'AWS::S3::Bucket': 'all files' })[type] ?? 'all its records';
