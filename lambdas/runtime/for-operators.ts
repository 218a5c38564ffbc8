import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { OperatorAnswer, OperatorEvent } from '../../contracts/operator.ts';
import type { ApiHandler } from './define-handler.ts';
import type { InProcess } from './in-process.ts';
import { logRequest } from './log-request.ts';

/** As much as an answer over HTTP is given. */
const reserveMs = 700;

/** What Lambda calls for the API, and for whoever IAM lets invoke the function. */
export type OperatedHandler = (
  event: APIGatewayProxyEventV2 | OperatorEvent,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2 | OperatorAnswer>;

const operate = async ({ operator }: OperatorEvent, context: Context, answer: InProcess): Promise<OperatorAnswer> => {
  const requestId = context.awsRequestId;
  const caller = { kind: 'system' } as const;
  const startedAt = performance.now();
  const remainingMs = (): number => context.getRemainingTimeInMillis() - reserveMs;
  const { status, body } = await answer(operator, caller, { requestId, remainingMs });
  // What fails has its line already.
  if (status < 500) logRequest({ startedAt, routeKey: 'operator', caller }, status, requestId);
  return { status, ...(body !== undefined && { body }) };
};

/**
 * Opens routes of a feature to whoever looks after the backend, besides the API: IAM decides who may, and they act as the system.
 *
 * @param handler answers the API
 * @param answer the routes that are opened
 */
export const forOperators =
  (handler: ApiHandler, answer: InProcess): OperatedHandler =>
  (event, context) =>
    'operator' in event ? operate(event, context, answer) : handler(event, context);
