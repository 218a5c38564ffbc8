import { LayerVersion } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { jsonModule } from '../../../lib/api/compiled-module.ts';
import { FeatureFunction } from '../../../lib/api/feature-function.ts';
import { lambdaEntry } from '../../../lib/api/lambda-entry.ts';
import { statementsOf, synth } from '../../support/synth.ts';

const props = {
  entry: lambdaEntry('api/handler.ts'),
  description: 'Test',
  modules: { '@compiled/api': jsonModule({ api: { openapi: {}, routes: [] } }) },
} as const;

describe('FeatureFunction', () => {
  it('runs on Node 24 and arm64, with enough CPU to start fast, and ends before the gateway gives up', () => {
    const { template } = synth((stack) => new FeatureFunction(stack, 'Fn', { ...props, stage: 'development' }));
    template.hasResourceProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      MemorySize: 1_024,
      Timeout: 15,
      Handler: 'index.handler',
    });
  });

  it('has a role of its own that may write its log and nothing else', () => {
    const { template } = synth((stack) => new FeatureFunction(stack, 'Fn', { ...props, stage: 'development' }));
    const [logGroup = ''] = Object.keys(template.findResources('AWS::Logs::LogGroup'));
    const [statement, ...others] = statementsOf(template);
    expect(others).toEqual([]);
    expect(statement).toMatchObject({
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: { 'Fn::GetAtt': [logGroup, 'Arn'] },
    });
    template.hasResourceProperties('AWS::Lambda::Function', { LoggingConfig: { LogGroup: { Ref: logGroup } } });
    const [role] = Object.values(template.findResources('AWS::IAM::Role'));
    expect(role?.['Properties'].ManagedPolicyArns).toBeUndefined();
  });

  it('keeps logs for longer in production, and as long as it is told', () => {
    const retentionOf = (given: object) => {
      const { template } = synth((stack) => new FeatureFunction(stack, 'Fn', { ...props, stage: 'development', ...given }));
      return Object.values(template.findResources('AWS::Logs::LogGroup'))[0]?.['Properties'].RetentionInDays;
    };
    expect(retentionOf({})).toBe(30);
    expect(retentionOf({ stage: 'production' })).toBe(180);
    expect(retentionOf({ stage: 'production', logRetention: RetentionDays.ONE_DAY })).toBe(1);
  });

  it('takes environment, grants, memory and tracing', () => {
    const { template, built } = synth(
      (stack) =>
        new FeatureFunction(stack, 'Fn', {
          ...props,
          stage: 'development',
          environment: { KEY: 'b' },
          grants: [{ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::bucket/*'] }],
          memorySizeMb: 512,
          tracing: true,
        }),
    );
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { KEY: 'b' } },
      MemorySize: 512,
      TracingConfig: { Mode: 'Active' },
    });
    expect(statementsOf(template)).toContainEqual(expect.objectContaining({ Action: 's3:GetObject', Resource: 'arn:aws:s3:::bucket/*' }));
    expect(built.function.node.path).toBe('Test/Fn/Function');
  });

  it('takes a time limit, a bound of its own, conditions and packages that a layer brings', () => {
    const { template } = synth((stack) => {
      const layer = LayerVersion.fromLayerVersionArn(stack, 'Layer', 'arn:aws:lambda:us-east-1:123456789012:layer:sharp:1');
      return new FeatureFunction(stack, 'Fn', {
        ...props,
        stage: 'development',
        timeoutSeconds: 28,
        reservedConcurrency: 5,
        layers: [{ layer, packages: ['sharp'] }],
        grants: [
          { actions: ['s3:ListBucket'], resources: ['arn:aws:s3:::bucket'], conditions: { StringLike: { 's3:prefix': 'variants/*' } } },
        ],
      });
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Timeout: 28,
      ReservedConcurrentExecutions: 5,
      Layers: ['arn:aws:lambda:us-east-1:123456789012:layer:sharp:1'],
    });
    expect(statementsOf(template)).toContainEqual(
      expect.objectContaining({ Action: 's3:ListBucket', Condition: { StringLike: { 's3:prefix': 'variants/*' } } }),
    );
  });
});
