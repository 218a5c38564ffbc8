/** Types that need no service of their own: they only describe others, or are read by the service that they belong to. */
const metadataTypes = new Set([
  'AWS::ApplicationAutoScaling::ScalableTarget',
  'AWS::ApplicationAutoScaling::ScalingPolicy',
  'AWS::ApplicationInsights::Application',
  'AWS::ApiGateway::Account',
  'AWS::CDK::Metadata',
  'AWS::CloudFormation::Stack',
  'AWS::CloudFormation::WaitConditionHandle',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::CompositeAlarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::KMS::Alias',
  'AWS::Logs::LogGroup',
  'AWS::Logs::MetricFilter',
  'AWS::Logs::QueryDefinition',
  'AWS::Logs::ResourcePolicy',
  'AWS::ResourceGroups::Group',
  'AWS::Synthetics::Group',
  'AWS::XRay::Group',
  'AWS::XRay::SamplingRule',
  'Custom::LogRetention',
  'Custom::S3AutoDeleteObjects',
]);

/** Whether nobody misses anything when this type is not run. */
export const isMetadataType = (type: string): boolean => metadataTypes.has(type) || type.startsWith('AWS::IAM::');
