import type { Construct } from 'constructs';
import { functionLimits } from '../../contracts/functions.ts';
import { variables } from '../../contracts/variables.ts';
import { eventStreams } from '../api/bundle-function.ts';
import { FeatureFunction, type FunctionOptions } from '../api/feature-function.ts';
import type { FunctionParts } from '../api/function-parts.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';
import type { AuthSource } from '../auth-source.ts';
import type { Stage } from '../stage.ts';
import type { FunctionPlan } from './compile-function.ts';
import { functionModules, hasMessages } from './function-module.ts';

/** What is in front of a function. */
export interface FrontProps extends Omit<FunctionOptions, 'memorySizeMb'> {
  readonly auth: AuthSource;
  readonly stage: Stage;
}

/** It waits for the most part, which costs by the memory; Lambda gives a start more of the processor than its memory has. */
const memorySizeMb = 256;

/** A start of the function may come on top of its longest run. */
const startSeconds = 10;

/** Whether another function stands before this one: what checks tokens, bodies and answers, and remembers, is written for Node. */
export const needsFront = (plan: FunctionPlan): boolean => plan.runtime !== 'node' && (plan.requests.length > 0 || hasMessages(plan));

/** What the other function does: all but the code itself. Hooks are asked without it. */
export const frontPlan = (plan: FunctionPlan): FunctionPlan => ({
  ...plan,
  runtime: 'node',
  entry: lambdaEntry('functions/invoke-function.ts'),
  timeoutSeconds: plan.requests.length > 0 ? functionLimits.answerSeconds : plan.timeoutSeconds + startSeconds,
  hooks: [],
  access: { data: {}, files: {}, push: false, email: false, analytics: false, inbound: [], tells: [], queues: [] },
  secrets: {},
  env: {},
});

/**
 * Makes the function that gets the requests and the messages of another one. It may run that one, and what its queues ask for.
 *
 * @param plan a {@link frontPlan}
 * @param own what it needs for its queues
 */
export const createFront = (
  place: Construct,
  plan: FunctionPlan,
  target: FeatureFunction,
  own: Pick<FunctionParts, 'environment' | 'grants'>,
  props: FrontProps,
): FeatureFunction => {
  const { auth, stage, logRetention, tracing } = props;
  const { functionArn } = target.function;
  return new FeatureFunction(place, 'Front', {
    logRetention,
    tracing,
    memorySizeMb,
    timeoutSeconds: plan.timeoutSeconds,
    description: `Answers for the function ${plan.name}`,
    entry: lambdaEntry('functions/function-handler.ts'),
    unusedModules: [eventStreams],
    modules: functionModules(plan),
    environment: {
      [variables.frontedFunction]: functionArn,
      ...own.environment,
      ...(plan.requests.length > 0 && {
        [variables.userPoolId]: auth.userPool.userPoolId,
        [variables.userPoolClientId]: auth.userPoolClient.userPoolClientId,
        [variables.adminGroup]: auth.adminGroup,
      }),
    },
    grants: [...own.grants, { actions: ['lambda:InvokeFunction'], resources: [functionArn] }],
    stage,
  });
};
