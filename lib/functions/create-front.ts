import type { Construct } from 'constructs';
import { functionLimits } from '../../contracts/functions.ts';
import { variables } from '../../contracts/variables.ts';
import { eventStreams } from '../api/bundle-function.ts';
import { FeatureFunction, type FunctionOptions } from '../api/feature-function.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';
import type { AuthSource } from '../auth-source.ts';
import type { Stage } from '../stage.ts';
import type { FunctionPlan } from './compile-function.ts';
import { functionModules } from './function-module.ts';

/** What is in front of a function. */
export interface FrontProps extends Omit<FunctionOptions, 'memorySizeMb'> {
  readonly auth: AuthSource;
  readonly stage: Stage;
}

/** It waits for the most part, which costs by the memory; Lambda gives a start more of the processor than its memory has. */
const memorySizeMb = 256;

/** Whether another function stands between the API and this one: what checks tokens, bodies and answers is written for Node. */
export const needsFront = ({ runtime, requests }: FunctionPlan): boolean => runtime !== 'node' && requests.length > 0;

const frontPlan = (plan: FunctionPlan): FunctionPlan => ({
  ...plan,
  runtime: 'node',
  entry: lambdaEntry('functions/invoke-function.ts'),
  timeoutSeconds: functionLimits.answerSeconds,
  events: [],
  schedules: [],
  queue: undefined,
  access: { data: {}, files: {}, push: false, email: false, analytics: false, tells: [], queues: [] },
  secrets: {},
  env: {},
});

/** Makes the function that answers the calls and requests of another one. It may run that one, and nothing else. */
export const createFront = (place: Construct, plan: FunctionPlan, target: FeatureFunction, props: FrontProps): FeatureFunction => {
  const { auth, stage, logRetention, tracing } = props;
  const { functionArn } = target.function;
  return new FeatureFunction(place, 'Front', {
    logRetention,
    tracing,
    memorySizeMb,
    timeoutSeconds: functionLimits.answerSeconds,
    description: `Answers for the function ${plan.name}`,
    entry: lambdaEntry('functions/function-handler.ts'),
    unusedModules: [eventStreams],
    modules: functionModules(frontPlan(plan)),
    environment: {
      [variables.frontedFunction]: functionArn,
      [variables.userPoolId]: auth.userPool.userPoolId,
      [variables.userPoolClientId]: auth.userPoolClient.userPoolClientId,
      [variables.adminGroup]: auth.adminGroup,
    },
    grants: [{ actions: ['lambda:InvokeFunction'], resources: [functionArn] }],
    stage,
  });
};
