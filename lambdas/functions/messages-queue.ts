import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { queues as validators } from '@compiled/function';
import type { QueuedMessage } from '../../contracts/compiled-function.ts';
import { functionLimits } from '../../contracts/functions.ts';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { validateBody } from '../runtime/validate-body.ts';
import type { MessageQueue } from './function-types.ts';

const urlByName = JSON.parse(requiredVariable(variables.functionQueues)) as Readonly<Record<string, string>>;
const client = new SQSClient({ requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true } });
/** SQS, "Message timers". */
const longestDelaySeconds = 900;

/** The text is what is looked at, as the function behind the queue will: JSON makes texts of dates, and leaves out what it does not have. */
const checkMessage = (name: string, text: string): void => {
  const validate = validators[name];
  if (validate !== undefined) validateBody(validate, (JSON.parse(text) as QueuedMessage).message);
};

const queueOf = (name: string, QueueUrl: string): MessageQueue<unknown> => ({
  send: async (message, { delaySeconds = 0 } = {}) => {
    if (!Number.isInteger(delaySeconds) || delaySeconds < 0 || delaySeconds > longestDelaySeconds) {
      throw new TypeError(`delaySeconds is ${delaySeconds}: use a whole number from 0 to ${longestDelaySeconds}`);
    }
    const MessageBody = JSON.stringify({ kind: 'message', message } satisfies QueuedMessage);
    if (Buffer.byteLength(MessageBody) > functionLimits.messageBytes) {
      throw new TypeError(
        `a message for ${name} is larger than ${functionLimits.messageBytes} bytes: store its content, and send where it is`,
      );
    }
    checkMessage(name, MessageBody);
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody, ...(delaySeconds > 0 && { DelaySeconds: delaySeconds }) }));
  },
});

/** The queues that a function may put messages into. */
export const createQueues = () =>
  Object.freeze(Object.fromEntries(Object.entries(urlByName).map(([name, url]) => [name, queueOf(name, url)])));
