import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { findRunningBackend } from './running-backend.ts';
import { UserError } from './user-error.ts';

/** How the AWS services of a backend are reached, local or deployed. */
export interface BackendConnection {
  /** Options of SDK clients. Empty on AWS: there the environment says where and who. */
  readonly client: { readonly region?: string; readonly endpoint?: string; readonly credentials?: Runtime['credentials'] };
  /** The outputs by name. */
  readonly values: Readonly<Record<string, string | undefined>>;
  /** Says which backend it is. */
  readonly name: string;
}

interface Runtime {
  readonly region: string;
  readonly endpointUrl: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly outputs: Readonly<Record<string, string>>;
}

/** What {@link connectToBackend} takes for the options of a command that names a backend. */
export interface BackendOptions {
  readonly folder: string;
  readonly stack?: string;
}

const connectLocally = (folder: string): BackendConnection => {
  findRunningBackend(folder);
  const runtime = JSON.parse(readFileSync(join(folder, 'state', 'runtime.json'), 'utf8')) as Runtime;
  const { region, endpointUrl: endpoint, credentials, outputs: values } = runtime;
  return { client: { region, endpoint, credentials }, values, name: `the local backend of ${folder}` };
};

const connectToAws = async (stack: string): Promise<BackendConnection> => {
  const client = new CloudFormationClient();
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    const values = Object.fromEntries((Stacks[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue }) => [OutputKey, OutputValue]));
    return { client: {}, values, name: `the stack ${stack}` };
  } catch (cause) {
    throw new UserError(
      `The stack ${stack} cannot be read: ${(cause as Error).message}.`,
      'Check its name, AWS_REGION and your AWS credentials ("aws sts get-caller-identity" tells whose they are).',
      { cause },
    );
  } finally {
    client.destroy();
  }
};

/**
 * Finds a deployed stack, or the running local backend where none is named.
 *
 * @throws UserError when it does not run, or cannot be read
 */
export const connectToBackend = async ({ folder, stack }: BackendOptions): Promise<BackendConnection> =>
  stack === undefined ? connectLocally(folder) : connectToAws(stack);
