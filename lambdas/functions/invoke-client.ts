import { InvokeCommand, type InvokeCommandOutput, LambdaClient } from '@aws-sdk/client-lambda';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { errorTypeOf, isBusy, timedOut } from '../runtime/invocation.ts';
import { BadAnswer } from './check-answer.ts';
import { NotAnswered } from './not-answered.ts';

const FunctionName = requiredVariable(variables.frontedFunction);
/** A run that may have begun is not begun again: the SDK would not tell the two apart. */
const client = new LambdaClient({ maxAttempts: 1, requestHandler: { connectionTimeout: 1_000 } });

/** Lambda has closed the connection while this function slept, so that the request did not arrive. A run lasts longer than that. */
const staleWithinMs = 100;
/** The SDK may wrap the error, and keep its text only. */
const isStale = ({ code, message }: NodeJS.ErrnoException): boolean =>
  ['ECONNRESET', 'EPIPE'].some((one) => code === one || message.includes(one));

const send = async (command: InvokeCommand, signal: AbortSignal): Promise<InvokeCommandOutput> => {
  const begunAt = performance.now();
  try {
    return await client.send(command, { abortSignal: signal });
  } catch (error) {
    if (!isStale(error as Error) || performance.now() - begunAt > staleWithinMs) throw error;
    return await client.send(command, { abortSignal: signal });
  }
};

const tooLate = (): NotAnswered =>
  new NotAnswered('timeout', 'The function took too long. Try again; if it was to change something, look first whether it did.', {
    retryAfterSeconds: 5,
  });

const refusalOf = (cause: Error, { aborted }: AbortSignal): Error => {
  if (aborted) return tooLate();
  if (isBusy(cause)) {
    return new NotAnswered('unavailable', 'There is no room for the function right now. Try again in a moment.', {
      retryAfterSeconds: 2,
      cause,
    });
  }
  if (cause.name !== 'RequestTooLargeException') return cause;
  return new NotAnswered('body_too_large', 'The body is larger than what the function can be handed. Send less in one request.', { cause });
};

/** Of answers that the runtime could not send. */
const unsendable: ReadonlySet<string> = new Set(['Runtime.MarshalError', 'Function.ResponseSizeTooLarge']);

/** What the function ended with. Its message is in the log of the function, and nowhere else. */
const failureOf = (payload: string, requestId: string | undefined): Error => {
  const type = errorTypeOf(payload) ?? 'an error';
  if (type === timedOut) return tooLate();
  const more = `its own log tells more (request ${requestId})`;
  return unsendable.has(type)
    ? new BadAnswer(`the answer ended with ${type}: ${more}`)
    : new Error(`the function ended with ${type}: ${more}`);
};

/**
 * Runs the function that this one answers for, and waits for it.
 *
 * @returns the JSON of its answer
 * @throws NotAnswered `unavailable`, `timeout`, `body_too_large`
 * @throws Error when it fails
 */
export const invoke = async (event: object, signal: AbortSignal): Promise<string> => {
  const command = new InvokeCommand({ FunctionName, InvocationType: 'RequestResponse', Payload: JSON.stringify(event) });
  const output = await send(command, signal).catch((error: Error) => {
    throw refusalOf(error, signal);
  });
  const payload = Buffer.from(output.Payload ?? []).toString();
  if (output.FunctionError !== undefined) throw failureOf(payload, output.$metadata.requestId);
  return payload;
};
