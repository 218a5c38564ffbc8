import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Command } from 'commander';
import { outputs } from '../contracts/outputs.ts';
import { findRunningBackend } from './running-backend.ts';
import { UserError } from './user-error.ts';

/** Options that say whose events are meant. */
export interface EventsTargetOptions {
  readonly folder: string;
  readonly stack?: string;
}

/** A backend whose events are looked after: local or on AWS, by the same requests. */
export interface EventsTarget {
  readonly sqs: SQSClient;
  readonly eventBridge: EventBridgeClient;
  readonly busName: string;
  readonly archiveName: string;
  /** The names of the queues of dead letters by what they are of. */
  readonly deadLetters: Readonly<Record<string, string>>;
  /** Says which backend it is. */
  readonly name: string;
}

interface Connection {
  /** Nothing on AWS: then the environment says where and who. */
  readonly client: { readonly region?: string; readonly endpoint?: string; readonly credentials?: Runtime['credentials'] };
  readonly values: Readonly<Record<string, string | undefined>>;
  readonly name: string;
}

interface Runtime {
  readonly region: string;
  readonly endpointUrl: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly outputs: Readonly<Record<string, string>>;
}

/** Adds the options that every command on events has. */
export const withEventsTarget = (command: Command): Command =>
  command
    .option(
      '--stack <name>',
      'the deployed stack, with the AWS credentials and region of the environment; without it: the running local backend',
    )
    .option('--folder <folder>', 'the folder of the local backend', '.plinth');

const connectLocally = (folder: string): Connection => {
  findRunningBackend(folder);
  const runtime = JSON.parse(readFileSync(join(folder, 'state', 'runtime.json'), 'utf8')) as Runtime;
  const { region, endpointUrl: endpoint, credentials, outputs: values } = runtime;
  return { client: { region, endpoint, credentials }, values, name: `the local backend of ${folder}` };
};

const connectToAws = async (stack: string): Promise<Connection> => {
  const client = new CloudFormationClient({});
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    const values = Object.fromEntries((Stacks[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue }) => [OutputKey, OutputValue]));
    return { client: {}, values, name: `the stack ${stack}` };
  } catch (cause) {
    throw new UserError(
      `The stack ${stack} could not be read: ${(cause as Error).message}.`,
      'Check its name, AWS_REGION and your AWS credentials ("aws sts get-caller-identity" tells whose they are).',
      { cause },
    );
  } finally {
    client.destroy();
  }
};

/**
 * Connects to the events of a backend.
 *
 * @throws UserError when the backend does not run, or has no events
 */
export const openEvents = async ({ folder, stack }: EventsTargetOptions): Promise<EventsTarget> => {
  const { client, values, name } = stack === undefined ? connectLocally(folder) : await connectToAws(stack);
  const { [outputs.eventBusName]: busName, [outputs.eventArchiveName]: archiveName, [outputs.deadLetterQueues]: queues } = values;
  if (busName === undefined || archiveName === undefined || queues === undefined) {
    throw new UserError(`In ${name} nothing listens to events.`, 'Add "events" to its definition, or a function that runs on one.');
  }
  const deadLetters = JSON.parse(queues) as Readonly<Record<string, string>>;
  return { sqs: new SQSClient(client), eventBridge: new EventBridgeClient(client), busName, archiveName, deadLetters, name };
};

/** Closes the connections. */
export const closeEvents = ({ sqs, eventBridge }: EventsTarget): void => {
  sqs.destroy();
  eventBridge.destroy();
};
