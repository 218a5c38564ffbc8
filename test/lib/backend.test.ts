import { Match } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { backend } from '../../examples/notes/backend.ts';
import { backend as photos } from '../../examples/photos/backend.ts';
import { Backend, type BackendProps } from '../../lib/backend.ts';
import { emptyStack, statementsOf, synth } from '../support/synth.ts';

const synthBackend = (props: BackendProps = {}) => synth((stack) => new Backend(stack, 'Backend', backend, props));

/** Hashes of code change with every handler; they are no contract. */
const withoutHashes = (template: object): unknown => JSON.parse(JSON.stringify(template).replace(/[0-9a-f]{64}/g, '<hash>'));

/** What a rename would destroy: the ids and types of all resources, and the names of the outputs. */
const identityOf = (template: { Resources?: Record<string, { Type: string }>; Outputs?: object }): unknown => ({
  resources: Object.fromEntries(Object.entries(template.Resources ?? {}).map(([id, { Type }]) => [id, Type])),
  outputs: Object.keys(template.Outputs ?? {}),
});

describe('Backend', () => {
  const development = synthBackend();
  const production = synthBackend({ stage: 'production' });

  it('keeps the ids of its resources', () => {
    expect(identityOf(production.template.toJSON())).toMatchSnapshot();
  });

  it('keeps the ids of its resources with files and push, too', () => {
    const { template } = synth((stack) => new Backend(stack, 'Backend', photos, { stage: 'production' }));
    expect(identityOf(template.toJSON())).toMatchSnapshot();
  });

  it('gives the same template again', () => {
    expect(withoutHashes(synthBackend().template.toJSON())).toEqual(withoutHashes(development.template.toJSON()));
  });

  it('tells clients where it is', () => {
    expect(Object.keys(development.template.toJSON()['Outputs'])).toEqual([
      'ApiUrl',
      'UserPoolId',
      'UserPoolClientId',
      'DataTables',
      'DeadLetterQueues',
    ]);
  });

  it.each([
    ['development', development],
    ['production', production],
  ] as const)('in %s allows no action and no resource by a wildcard', (_stage, { template }) => {
    const wide = statementsOf(template).filter(({ Action, Resource }) => JSON.stringify([Action, Resource]).includes('*'));
    // Which streams a table has can only be asked of all that it has.
    const narrow = wide.filter(
      ({ Action, Resource }) => Action !== 'dynamodb:ListStreams' || !JSON.stringify(Resource).includes('/stream/*'),
    );
    expect(narrow).toEqual([]);
  });

  it.each([
    ['development', development],
    ['production', production],
  ] as const)('in %s has a role for each function, log groups that end, and calls by this API only', (_stage, { template }) => {
    const roles = Object.values(template.findResources('AWS::Lambda::Function')).map((found) => JSON.stringify(found['Properties'].Role));
    expect(new Set(roles).size).toBe(roles.length);
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: Match.anyValue() });
    template.allResourcesProperties('AWS::Lambda::Permission', { Principal: 'apigateway.amazonaws.com', SourceArn: Match.anyValue() });
    template.resourceCountIs('AWS::Lambda::Url', 0);
  });

  it('needs no account, no network and no look-up', () => {
    expect(production.stack.node.tryGetContext('aws:cdk:missing')).toBeUndefined();
    expect(production.stack.environment).toBe('aws://unknown-account/unknown-region');
  });

  it('sets alarms in production, and none in development', () => {
    development.template.resourceCountIs('AWS::CloudWatch::Alarm', 0);
    const watched = Object.values(production.template.findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) =>
      [Properties.Namespace, Properties.MetricName].join(' '),
    );
    expect(new Set(watched)).toEqual(
      new Set([
        'AWS/ApiGateway 5xx',
        'AWS/Lambda Errors',
        'AWS/Lambda Throttles',
        'AWS/DynamoDB ThrottledRequests',
        'AWS/SQS ApproximateNumberOfMessagesVisible',
      ]),
    );
    production.template.resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { MetricName: 'ThrottledRequests' }, 5);
    production.template.resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { MetricName: 'Errors' }, 4);
  });

  it('sends alarms where it is told, or sets none', () => {
    const { template } = synth((stack) => new Backend(stack, 'Backend', backend, { alarms: true, alarmTopic: new Topic(stack, 'Topic') }));
    template.allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: [{ Ref: Match.stringLikeRegexp('Topic') }] });
    synthBackend({ stage: 'production', alarms: false }).template.resourceCountIs('AWS::CloudWatch::Alarm', 0);
  });

  it('passes on what concerns the API and the functions', () => {
    const { template } = synthBackend({
      corsOrigins: ['https://app.example.com'],
      throttle: { ratePerSecond: 5, burst: 6 },
      memorySizeMb: 1_769,
      tracing: true,
    });
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', { CorsConfiguration: { AllowOrigins: ['https://app.example.com'] } });
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      DefaultRouteSettings: { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 6 },
    });
    template.allResourcesProperties('AWS::Lambda::Function', { MemorySize: 1_769, TracingConfig: { Mode: 'Active' } });
  });

  it('makes accounts alone, without models', () => {
    const { template, built } = synth((stack) => new Backend(stack, 'Backend', {}));
    expect(built.data).toBeUndefined();
    template.resourceCountIs('AWS::DynamoDB::Table', 1);
    template.resourceCountIs('AWS::Lambda::Function', 3);
  });

  it('refuses a stage that there is not', () => {
    expect(() => new Backend(emptyStack(), 'Backend', backend, { stage: 'prod' as never })).toThrow(
      "stage is \"prod\": use 'development' or 'production'",
    );
  });
});
