import { Stack } from 'aws-cdk-lib';
import { type IUserPool, UserPool, UserPoolOperation } from 'aws-cdk-lib/aws-cognito';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { variables } from '../../contracts/variables.ts';
import type { Grant } from '../api/create-role.ts';
import { FeatureFunction, type FeatureFunctionProps } from '../api/feature-function.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';

/** Accounts whose events are told: an `Auth`, or a user pool alone, whose deletions are then not told. */
export interface UserSource {
  readonly userPool: IUserPool;
  readonly tellsDeletions?: boolean;
  /** The functions that delete accounts. */
  readonly accounts?: FeatureFunction;
  readonly users?: FeatureFunction;
}

interface UserTriggerProps extends Pick<FeatureFunctionProps, 'stage' | 'memorySizeMb' | 'logRetention' | 'tracing'> {
  /** The queue of the relay. */
  readonly queue: IQueue;
}

const sendTo = (queue: IQueue): Grant => ({ actions: ['sqs:SendMessage'], resources: [queue.queueArn] });

/**
 * Has the functions that delete accounts announce it.
 *
 * @throws Error for an `Auth` that cannot announce deletions
 */
export const announceDeletions = ({ accounts, users, tellsDeletions }: UserSource, queue: IQueue): void => {
  if (accounts !== undefined && tellsDeletions !== true) {
    throw new Error('the functions of Auth cannot announce deletions: give Auth the prop tellsDeletions: true');
  }
  for (const target of [accounts, users]) {
    target?.function.addEnvironment(variables.eventRelayQueue, queue.queueUrl);
    target?.addGrant(sendTo(queue));
  }
};

/**
 * Refuses accounts of another stack: their triggers would need the stack of the bus, which needs the user pool.
 *
 * @throws Error that names both stacks
 */
export const assertSameStack = (scope: Construct, { userPool }: UserSource): void => {
  const [here, there] = [Stack.of(scope), Stack.of(userPool)];
  if (!(userPool instanceof UserPool) || here === there) return;
  throw new Error(
    `the accounts are in the stack ${there.node.path} and the bus is in ${here.node.path}, so that each would need the other: make Events in the stack of the user pool; functions and webhooks that listen may be in others`,
  );
};

/**
 * The function that Cognito calls when somebody has confirmed an account or signed in.
 *
 * @throws Error for a user pool that is not made in this app
 */
export const createUserTrigger = (scope: Construct, { userPool }: UserSource, { queue, ...options }: UserTriggerProps): FeatureFunction => {
  if (!(userPool instanceof UserPool)) {
    throw new Error(
      'the user pool is not made in this app, so that it takes no triggers from here: make it with Auth, or leave addUsers out',
    );
  }
  const trigger = new FeatureFunction(scope, 'Users', {
    ...options,
    description: 'Plinth: tells who has confirmed an account or signed in',
    entry: lambdaEntry('events/user-trigger-handler.ts'),
    environment: { [variables.eventRelayQueue]: queue.queueUrl },
    grants: [sendTo(queue)],
    // Cognito waits so long for a trigger ("Important considerations", Amazon Cognito Developer Guide).
    timeoutSeconds: 5,
  });
  userPool.addTrigger(UserPoolOperation.POST_CONFIRMATION, trigger.function);
  userPool.addTrigger(UserPoolOperation.POST_AUTHENTICATION, trigger.function);
  return trigger;
};
