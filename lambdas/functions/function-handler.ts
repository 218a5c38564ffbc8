import { definition } from '@compiled/function';
import { answerHook, answerRequests, handler as code, runMessages } from '@compiled/function-parts';
import type { APIGatewayProxyEventV2, Context, SQSEvent } from 'aws-lambda';
import type { RecordHookEvent } from '../../contracts/hooks.ts';
import { captureConsole } from './function-log.ts';
import { log } from './run-function.ts';

captureConsole(log);
// A request to the backend takes some ten calls of ours: the line of the function must not fall off below them.
Error.stackTraceLimit = 30;
if (typeof code !== 'function')
  throw new Error(`the entry of the function ${definition.name} exports no \`handler\`: export const handler = defineFunction(…)`);

type Happening = Partial<APIGatewayProxyEventV2 & SQSEvent> & { readonly kind?: string };

/** The Lambda function around a function of the definition: it tells by the event what made it run. */
export const handler = async (event: Happening, context: Context): Promise<unknown> => {
  if (event.requestContext !== undefined && answerRequests !== undefined) return answerRequests(event as APIGatewayProxyEventV2, context);
  if (event.Records !== undefined && runMessages !== undefined) return runMessages(event as SQSEvent, context);
  if (event.kind === 'hook' && answerHook !== undefined) return answerHook(event as RecordHookEvent, context);
  throw new Error(`the function ${definition.name} has no trigger for this event`);
};
