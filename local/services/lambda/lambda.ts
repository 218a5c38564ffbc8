import type { LocalServiceType } from '../service.ts';
import { identifyLambdaResource } from './identify-lambda.ts';
import { LambdaService } from './lambda-service.ts';

/** AWS Lambda: every function of the template in worker threads, from its own bundle. */
export const lambda = {
  signingName: 'lambda',
  resourceTypes: [
    'AWS::Lambda::Function',
    'AWS::Lambda::Alias',
    'AWS::Lambda::Version',
    'AWS::Lambda::EventSourceMapping',
    'AWS::Lambda::EventInvokeConfig',
    'AWS::Lambda::Permission',
    'AWS::Lambda::LayerVersion',
    'AWS::Lambda::Url',
  ],
  identify: identifyLambdaResource,
  start: (resources, context) => LambdaService.start(resources, context),
} satisfies LocalServiceType;
