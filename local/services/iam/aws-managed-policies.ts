import type { PolicyDocument } from './policy-document.ts';

const LOGS = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'];
const NETWORK_INTERFACES = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

const allowing = (...actions: readonly string[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
});

/**
 * Policies that AWS keeps, by the part of their ARN after `policy/`.
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
 */
const policies: Readonly<Record<string, PolicyDocument>> = {
  'service-role/AWSLambdaBasicExecutionRole': allowing(...LOGS),
  'service-role/AWSLambdaVPCAccessExecutionRole': allowing(...LOGS, ...NETWORK_INTERFACES),
  'service-role/AWSLambdaSQSQueueExecutionRole': allowing('sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', ...LOGS),
  'service-role/AWSLambdaDynamoDBExecutionRole': allowing(
    'dynamodb:DescribeStream',
    'dynamodb:GetRecords',
    'dynamodb:GetShardIterator',
    'dynamodb:ListStreams',
    ...LOGS,
  ),
  'service-role/AWSLambdaKinesisExecutionRole': allowing(
    'kinesis:DescribeStream',
    'kinesis:DescribeStreamSummary',
    'kinesis:GetRecords',
    'kinesis:GetShardIterator',
    'kinesis:ListShards',
    'kinesis:ListStreams',
    'kinesis:SubscribeToShard',
    ...LOGS,
  ),
  'service-role/AWSLambdaRole': allowing('lambda:InvokeFunction'),
  AWSXRayDaemonWriteAccess: allowing(
    'xray:PutTraceSegments',
    'xray:PutTelemetryRecords',
    'xray:GetSamplingRules',
    'xray:GetSamplingTargets',
    'xray:GetSamplingStatisticSummaries',
  ),
  AWSXrayWriteOnlyAccess: allowing(
    'xray:PutTraceSegments',
    'xray:PutTelemetryRecords',
    'xray:GetSamplingRules',
    'xray:GetSamplingTargets',
    'xray:GetSamplingStatisticSummaries',
  ),
  CloudWatchLambdaInsightsExecutionRolePolicy: allowing(...LOGS),
  'service-role/AmazonAPIGatewayPushToCloudWatchLogs': allowing(
    ...LOGS,
    'logs:DescribeLogGroups',
    'logs:DescribeLogStreams',
    'logs:GetLogEvents',
    'logs:FilterLogEvents',
  ),
  AmazonDynamoDBReadOnlyAccess: allowing(
    'dynamodb:BatchGetItem',
    'dynamodb:Describe*',
    'dynamodb:GetItem',
    'dynamodb:List*',
    'dynamodb:PartiQLSelect',
    'dynamodb:Query',
    'dynamodb:Scan',
  ),
  AmazonDynamoDBFullAccess: allowing('dynamodb:*'),
  AmazonS3ReadOnlyAccess: allowing('s3:Get*', 's3:List*', 's3:Describe*', 's3-object-lambda:Get*', 's3-object-lambda:List*'),
  AmazonS3FullAccess: allowing('s3:*', 's3-object-lambda:*'),
  AmazonSQSFullAccess: allowing('sqs:*'),
  AmazonSNSFullAccess: allowing('sns:*'),
  AmazonSSMReadOnlyAccess: allowing('ssm:Describe*', 'ssm:Get*', 'ssm:List*'),
  SecretsManagerReadWrite: allowing('secretsmanager:*'),
  AmazonCognitoPowerUser: allowing('cognito-identity:*', 'cognito-idp:*', 'cognito-sync:*'),
  ReadOnlyAccess: allowing('*:Get*', '*:List*', '*:Describe*', 'dynamodb:BatchGetItem', 'dynamodb:Query', 'dynamodb:Scan'),
  AdministratorAccess: allowing('*'),
};

/** The content of a policy that AWS keeps; undefined for one that is not known here. */
export function awsManagedPolicy(arn: string): PolicyDocument | undefined {
  const [, name] = /^arn:[\w-]+:iam::aws:policy\/(.+)$/.exec(arn) ?? [];
  return name === undefined ? undefined : policies[name];
}
