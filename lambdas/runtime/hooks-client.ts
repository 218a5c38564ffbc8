import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ApiError } from '../../contracts/errors.ts';
import { type CallHook, hookLimits } from '../../contracts/hooks.ts';

const client = new LambdaClient({
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: hookLimits.recordMs, throwOnRequestTimeout: true },
});

/** Of Lambda's Invoke: there is no room for a run right now, and none was begun. */
const busy: ReadonlySet<string> = new Set([
  'TooManyRequestsException',
  'ServiceException',
  'EC2ThrottledException',
  'ThrottlingException',
  'ResourceNotReadyException',
]);

/** What the function answered with an error; its message may hold what nobody else is to read. */
const functionError = (payload: string): Error => {
  try {
    const { errorType } = JSON.parse(payload) as { readonly errorType?: unknown };
    return new Error(`the hook threw ${String(errorType)}: its own log tells more`);
  } catch {
    return new Error('the hook ended with an error: its own log tells more');
  }
};

/**
 * Asks the function of a hook, and waits for it.
 *
 * @throws ApiError `unavailable`
 * @throws Error when the function throws, does not answer in time, or cannot be invoked
 */
export const callHook: CallHook = async (functionArn, event, timeoutMs) => {
  const command = new InvokeCommand({ FunctionName: functionArn, InvocationType: 'RequestResponse', Payload: JSON.stringify(event) });
  const output = await client.send(command, { abortSignal: AbortSignal.timeout(timeoutMs) }).catch((cause: Error) => {
    if (!busy.has(cause.name)) throw cause;
    throw new ApiError('unavailable', 'A check of the backend cannot be made right now. Nothing was written; try again in a moment.', {
      retryAfterSeconds: 2,
      cause,
    });
  });
  const payload = Buffer.from(output.Payload ?? []).toString();
  if (output.FunctionError !== undefined) throw functionError(payload);
  return payload;
};
