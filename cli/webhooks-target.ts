import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Command } from 'commander';
import type { OperatorAnswer, OperatorEvent } from '../contracts/operator.ts';
import { outputs } from '../contracts/outputs.ts';
import type { WebhookEndpoint } from '../contracts/webhooks.ts';
import { type BackendOptions, connectToBackend } from './backend-connection.ts';
import { UserError } from './user-error.ts';

/** A backend whose webhooks are looked after: local or on AWS, by the function behind `/webhooks/*`. */
export interface WebhooksTarget {
  readonly lambda: LambdaClient;
  readonly functionName: string;
  /** Says which backend it is. */
  readonly name: string;
}

/** The backend has answered with a problem. */
export class RefusedError extends UserError {
  readonly status: number;
  readonly code: string;

  constructor({ status, code, title, detail }: Problem) {
    super(`The backend refused it: ${title}.`, detail);
    this.name = 'RefusedError';
    this.status = status;
    this.code = code;
  }
}

interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
}

/** Adds the options that every command on webhooks has. */
export const withWebhooksTarget = (command: Command): Command =>
  command
    .option(
      '--stack <name>',
      'the deployed stack, with the AWS credentials and region of the environment; without it: the running local backend',
    )
    .option('--folder <folder>', 'the folder of the local backend', '.plinth');

/**
 * Connects to the webhooks of a backend.
 *
 * @throws UserError when the backend does not run, or sends no webhooks
 */
export const openWebhooks = async (options: BackendOptions): Promise<WebhooksTarget> => {
  const { client, values, name } = await connectToBackend(options);
  const functionName = values[outputs.webhooksFunctionName];
  if (functionName === undefined) {
    throw new UserError(
      `In ${name} no webhooks are sent.`,
      'Add "integrations.webhooks" to its definition. If it is there: deploy it (or start it) again with this version of Plinth.',
    );
  }
  return { lambda: new LambdaClient(client), functionName, name };
};

const invoke = async ({ lambda, functionName, name }: WebhooksTarget, event: OperatorEvent): Promise<OperatorAnswer> => {
  const command = new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(event) });
  const { FunctionError, Payload } = await lambda.send(command).catch((cause: Error) => {
    if (cause.name !== 'AccessDeniedException') throw cause;
    throw new UserError(
      `Your AWS credentials may not look after the webhooks of ${name}.`,
      `Have an administrator allow them lambda:InvokeFunction on ${functionName}.`,
      { cause },
    );
  });
  if (FunctionError === undefined) return JSON.parse(Buffer.from(Payload ?? []).toString()) as OperatorAnswer;
  throw new UserError(`The function ${functionName} has failed.`, 'Its log tells why. Try again.');
};

/** A request for the function behind `/webhooks/*`. */
export interface WebhooksRequest {
  readonly method?: string;
  /** Below `/webhooks/endpoints`. */
  readonly path?: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: object;
}

/**
 * Asks the backend.
 *
 * @throws RefusedError for problems; UserError where the function cannot be invoked
 */
export const ask = async <T>(target: WebhooksTarget, { method = 'GET', path = '', query = {}, body }: WebhooksRequest = {}): Promise<T> => {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const answer = await invoke(target, {
    operator: {
      method,
      path: `/webhooks/endpoints${path}`,
      query: new URLSearchParams(given).toString(),
      ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    },
  });
  const content: unknown = JSON.parse(answer.body ?? 'null');
  if (answer.status >= 400) throw new RefusedError(content as Problem);
  return content as T;
};

/** All endpoints, the newest last. */
export const listEndpoints = async (target: WebhooksTarget): Promise<readonly WebhookEndpoint[]> =>
  (await ask<{ items: readonly WebhookEndpoint[] }>(target)).items;

/** @throws UserError for an id that no endpoint has */
export const findEndpoint = async (target: WebhooksTarget, id: string): Promise<WebhookEndpoint> => {
  const endpoint = (await listEndpoints(target)).find((one) => one.id === id);
  if (endpoint !== undefined) return endpoint;
  throw new UserError(`There is no endpoint ${id} in ${target.name}.`, 'List those that there are with "plinth webhooks".');
};
