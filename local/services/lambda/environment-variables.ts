import type { LocalContext } from '../service.ts';
import type { FunctionDefinition } from './function-definition.ts';

/** The whole `process.env` of a function: what AWS sets, the run's own, the template's. Nothing of this machine's environment. */
export function environmentVariables(
  definition: FunctionDefinition,
  context: LocalContext,
  place: { readonly taskRoot: string; readonly logStreamName: string },
): Record<string, string> {
  const { account } = context;
  const credentials = context.credentialsFor(definition.roleArn, definition.name);
  return {
    LANG: 'en_US.UTF-8',
    PATH: '/usr/local/bin:/usr/bin:/bin',
    AWS_ENDPOINT_URL: context.endpointUrl,
    ...context.environment,
    ...definition.variables,
    TZ: ':UTC',
    _HANDLER: definition.handler,
    AWS_REGION: account.region,
    AWS_DEFAULT_REGION: account.region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${definition.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMb),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: definition.logGroupName,
    AWS_LAMBDA_LOG_STREAM_NAME: place.logStreamName,
    LAMBDA_TASK_ROOT: place.taskRoot,
    LAMBDA_RUNTIME_DIR: '/var/runtime',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
  };
}
