import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ApiError } from '../../contracts/errors.ts';
import { type CallHook, hookLimits } from '../../contracts/hooks.ts';
import { errorTypeOf, isBusy } from './invocation.ts';

const client = new LambdaClient({
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: hookLimits.recordMs, throwOnRequestTimeout: true },
});

const functionError = (payload: string): Error => {
  const type = errorTypeOf(payload);
  return new Error(
    type === undefined ? 'the hook ended with an error: its own log tells more' : `the hook threw ${type}: its own log tells more`,
  );
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
    if (!isBusy(cause)) throw cause;
    throw new ApiError('unavailable', 'A check of the backend cannot be made right now. Nothing was written; try again in a moment.', {
      retryAfterSeconds: 2,
      cause,
    });
  });
  const payload = Buffer.from(output.Payload ?? []).toString();
  if (output.FunctionError !== undefined) throw functionError(payload);
  return payload;
};
