import { AwsError, type AwsRequest, type AwsResponse } from './service.ts';

/** One operation of a service that speaks JSON 1.1. */
export type JsonOperation = (input: Readonly<Record<string, unknown>>, request: AwsRequest) => unknown;

/**
 * Runs an operation of a small JSON service.
 *
 * @throws AwsError `UnknownOperationException` or `SerializationException`
 */
export async function callJson(operations: Readonly<Record<string, JsonOperation>>, request: AwsRequest): Promise<AwsResponse> {
  const operation = Object.hasOwn(operations, request.operation) ? operations[request.operation] : undefined;
  if (operation === undefined) throw new AwsError('UnknownOperationException', `${request.operation} is not run locally.`);
  const answer = await operation(parseObject(request.body), request);
  return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(answer) };
}

function parseObject(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(body.toString());
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>;
  } catch {
    // Falls through to the same answer as for a body of another type.
  }
  throw new AwsError('SerializationException', 'The request body is not a JSON object.');
}
