import { StartError } from '../../start-error.ts';
import { AwsError, type LocalContext } from '../service.ts';
import type { FunctionDefinition } from './function-definition.ts';
import type { InvokeConfig } from './invoke-config.ts';

const actions: Readonly<Record<string, string>> = {
  sqs: 'sqs:SendMessage',
  sns: 'sns:Publish',
  lambda: 'lambda:InvokeFunction',
  events: 'events:PutEvents',
  s3: 's3:PutObject',
};

/** What a function's role needs to send to a destination. */
export const destinationAction = (arn: string): string => actions[arn.split(':')[2] ?? ''] ?? 'sqs:SendMessage';

/**
 * AWS takes no function and no configuration whose role can't send to its destinations.
 *
 * @throws StartError when one can't
 */
export function checkDestinations(definition: FunctionDefinition, config: InvokeConfig, { authorizeRole }: LocalContext): void {
  const { name, roleArn, deadLetterArn } = definition;
  for (const target of [deadLetterArn, config.onSuccess, config.onFailure]) {
    if (target === undefined) continue;
    try {
      authorizeRole(roleArn, name, destinationAction(target), target);
    } catch (cause) {
      if (!(cause instanceof AwsError)) throw cause;
      throw new StartError(
        `${name} can't send to its destination ${target}: ${cause.message}`,
        "Grant the function's role that action: a deployment would fail too.",
        { cause },
      );
    }
  }
}
