import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Command } from 'commander';
import { outputs } from '../contracts/outputs.ts';
import { type BackendConnection, type BackendOptions, connectToBackend } from './backend-connection.ts';
import { UserError } from './user-error.ts';

/** A backend whose events are looked after: local or on AWS, by the same requests. */
export interface EventsTarget {
  readonly sqs: SQSClient;
  readonly eventBridge: EventBridgeClient;
  /** Undefined where nothing listens to events. */
  readonly busName: string | undefined;
  readonly archiveName: string | undefined;
  /** The names of the queues of dead letters by what they are of. */
  readonly deadLetters: Readonly<Record<string, string>>;
  /** Options of clients of other services. */
  readonly client: BackendConnection['client'];
  /** Says which backend it is. */
  readonly name: string;
}

/** Adds the options that every command on events has. */
export const withEventsTarget = (command: Command): Command =>
  command
    .option(
      '--stack <name>',
      'the deployed stack, with the AWS credentials and region of the environment; without it: the running local backend',
    )
    .option('--folder <folder>', 'the folder of the local backend', '.plinth');

/**
 * Connects to the events of a backend.
 *
 * @throws UserError when the backend does not run, or has nothing that could be put aside
 */
export const openEvents = async (options: BackendOptions): Promise<EventsTarget> => {
  const { client, values, name } = await connectToBackend(options);
  const { [outputs.eventBusName]: busName, [outputs.eventArchiveName]: archiveName, [outputs.deadLetterQueues]: queues } = values;
  if (queues === undefined) {
    throw new UserError(
      `In ${name} nothing can be put aside.`,
      'Add "events" to its definition, a function that runs on one, files or push.',
    );
  }
  return {
    sqs: new SQSClient(client),
    eventBridge: new EventBridgeClient(client),
    busName,
    archiveName,
    deadLetters: JSON.parse(queues) as Readonly<Record<string, string>>,
    client,
    name,
  };
};

/** Closes the connections. */
export const closeEvents = ({ sqs, eventBridge }: EventsTarget): void => {
  sqs.destroy();
  eventBridge.destroy();
};
