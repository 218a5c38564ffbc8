import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { apiRoutes } from '../../contracts/api.ts';
import { defineHandler } from '../runtime/define-handler.ts';
import { logRequest } from '../runtime/log-request.ts';
import { problemResponse } from '../runtime/problem.ts';
import { readOpenapi } from './read-openapi.ts';
import { unmatched } from './unmatched.ts';

const matched = defineHandler(apiRoutes, { readOpenapi });

const refuse = (event: APIGatewayProxyEventV2, requestId: string): APIGatewayProxyStructuredResultV2 => {
  const startedAt = performance.now();
  const { method } = event.requestContext.http;
  const response = problemResponse(unmatched(event.rawPath), event.rawPath, requestId);
  logRequest({ startedAt, routeKey: '$default' }, response.statusCode, requestId);
  return method === 'HEAD' ? { ...response, body: '' } : response;
};

type MatchedContext = Parameters<typeof matched>[1];

/** The function behind the routes of the API itself, and behind whatever no other route takes. */
export const handler = async (event: APIGatewayProxyEventV2, context: Context): Promise<APIGatewayProxyStructuredResultV2> =>
  event.routeKey === '$default' ? refuse(event, context.awsRequestId) : matched(event, context as MatchedContext);
