import { CreateSecretCommand, PutSecretValueCommand, ResourceExistsException, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type BackendOptions, connectToBackend } from './backend-connection.ts';
import type { CliCommand } from './command.ts';
import { print } from './ui.ts';
import { UserError } from './user-error.ts';

/** "Secret names can contain alphanumeric characters and /_+=.@-" (CreateSecret, Name). */
const namePattern = /^[A-Za-z0-9/_+=.@-]{1,512}$/;

/** A value on the command line would stay in the shell's history. */
const readValue = async (name: string): Promise<string> => {
  if (process.stdin.isTTY) process.stderr.write(`Paste the value of ${name}, then press Enter and Ctrl+D:\n`);
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  // The line break is of the shell.
  const value = Buffer.concat(chunks)
    .toString()
    .replace(/\r?\n$/, '');
  if (value !== '') return value;
  throw new UserError('No value came.', `Pipe it in, as in: echo "$SECRET" | plinth secret ${name}`);
};

const store = async (client: SecretsManagerClient, Name: string, SecretString: string): Promise<void> => {
  try {
    await client.send(new CreateSecretCommand({ Name, SecretString }));
  } catch (error) {
    if (!(error instanceof ResourceExistsException)) throw error;
    await client.send(new PutSecretValueCommand({ SecretId: Name, SecretString }));
  }
};

const run = async (name: string, options: BackendOptions): Promise<void> => {
  if (!namePattern.test(name)) throw new UserError(`${JSON.stringify(name)} names no secret.`, 'Use letters, digits and /_+=.@- only.');
  const { client: connection, name: backend } = await connectToBackend(options);
  const value = await readValue(name);
  const client = new SecretsManagerClient(connection);
  try {
    await store(client, name, value);
  } finally {
    client.destroy();
  }
  print(`${name} is stored for ${backend}. Functions that know another value go on with it for up to five minutes.`);
};

/** `plinth secret`: stores a secret that the definition names. */
export const secret: CliCommand = {
  register: (program) => {
    program
      .command('secret')
      .description('Stores a secret that the definition names, in Secrets Manager; its value is read from the standard input')
      .argument('<name>', 'as the definition has it, "shop/stripe"')
      .option(
        '--stack <name>',
        'the deployed stack, with the AWS credentials and region of the environment; without it: the running local backend',
      )
      .option('--folder <folder>', 'the folder of the local backend', '.plinth')
      .action(run);
  },
};
