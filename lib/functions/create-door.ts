import type { Construct } from 'constructs';
import { functionLimits } from '../../contracts/functions.ts';
import { variables } from '../../contracts/variables.ts';
import { eventStreams } from '../api/bundle-function.ts';
import { FeatureFunction, type FunctionOptions } from '../api/feature-function.ts';
import type { FunctionParts } from '../api/function-parts.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';
import type { AuthSource } from '../auth-source.ts';
import type { Stage } from '../stage.ts';
import type { CompiledAccess } from './compile-access.ts';
import type { FunctionPlan } from './compile-function.ts';
import { functionModules } from './function-module.ts';

/** What is behind a function. */
export interface DoorProps extends Omit<FunctionOptions, 'memorySizeMb'> {
  readonly auth: AuthSource;
  readonly stage: Stage;
}

const nothing: CompiledAccess = { data: {}, files: {}, push: false, email: false, analytics: false, inbound: [], tells: [], queues: [] };

/** What a function of another runtime can do by itself, since it needs no checks: fill queues, and read its secrets. */
export const ownPlan = (plan: FunctionPlan): FunctionPlan => ({
  ...plan,
  requests: [],
  access: { ...nothing, queues: plan.access.queues },
});

/** What another function does for it, since the checks of schemas, rules and loops are written for Node. */
export const doorPlan = (plan: FunctionPlan): FunctionPlan => ({
  ...plan,
  runtime: 'node',
  entry: lambdaEntry('functions/door-handler.ts'),
  timeoutSeconds: functionLimits.answerSeconds,
  events: [],
  schedules: [],
  hooks: [],
  queue: undefined,
  access: { ...plan.access, queues: [] },
  secrets: {},
  env: {},
});

/** Whether a function uses the backend through another one. */
export const needsDoor = ({ runtime, access: { data, files, push, email, analytics, tells } }: FunctionPlan): boolean =>
  runtime !== 'node' && (push || email || analytics || [data, files, tells].some((used) => Object.keys(used).length > 0));

/**
 * Makes the function by which another one, and nobody else, uses the backend.
 *
 * @param plan a {@link doorPlan}
 * @param parts what the plan needs
 */
export const createDoor = (place: Construct, plan: FunctionPlan, { environment, grants, modules }: FunctionParts, props: DoorProps) => {
  const { auth, stage, logRetention, tracing } = props;
  return new FeatureFunction(place, 'Door', {
    logRetention,
    tracing,
    timeoutSeconds: plan.timeoutSeconds,
    description: `The backend for the function ${plan.name}`,
    entry: plan.entry,
    unusedModules: [eventStreams],
    modules: { ...modules, ...functionModules({ ...plan, requests: [] }) },
    environment: { ...environment, [variables.adminGroup]: auth.adminGroup },
    grants,
    stage,
  });
};
