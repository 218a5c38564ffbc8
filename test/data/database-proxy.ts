import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong with a request: an exception of DynamoDB by its name, no answer at all, or a batch of which nothing is done. */
export type Fault =
  | 'hang'
  | 'unprocessed'
  | 'ProvisionedThroughputExceededException'
  | 'InternalServerError'
  | 'TransactionConflictException';

/** One request to the database and what it cost. */
export interface DatabaseRequest {
  readonly operation: string;
  readonly units: number;
}

/** Stands between the actions and the database: counts what they ask, and can make the database fail. */
export interface DatabaseProxy {
  readonly url: string;
  /** The requests since the last look, in order. */
  readonly requests: () => readonly DatabaseRequest[];
  /** Decides on each request before it is passed on. */
  fault: ((operation: string, input: Readonly<Record<string, unknown>>) => Fault | undefined) | undefined;
  readonly close: () => Promise<void>;
}

const bodyOf = async (message: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};

const unitsOf = (answer: { ConsumedCapacity?: { CapacityUnits?: number } | readonly { CapacityUnits?: number }[] }): number =>
  [answer.ConsumedCapacity ?? []].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);

const fail = (response: ServerResponse, fault: Fault, input: Readonly<Record<string, unknown>>): void => {
  if (fault === 'hang') return;
  if (fault === 'unprocessed') {
    const body = { Responses: {}, UnprocessedKeys: input['RequestItems'] };
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
    return;
  }
  const body = { __type: `com.amazonaws.dynamodb.v20120810#${fault}`, message: 'injected' };
  response
    .writeHead(fault === 'InternalServerError' ? 500 : 400, { 'content-type': 'application/x-amz-json-1.0' })
    .end(JSON.stringify(body));
};

/** Starts the proxy before the database at this URL. */
export const startProxy = async (databaseUrl: string): Promise<DatabaseProxy> => {
  const requests: DatabaseRequest[] = [];
  const forward = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const target = String(request.headers['x-amz-target']);
    const operation = target.split('.')[1] ?? '';
    const input = JSON.parse(await bodyOf(request)) as Record<string, unknown>;
    const fault = proxy.fault?.(operation, input);
    if (fault !== undefined) {
      requests.push({ operation, units: 0 });
      fail(response, fault, input);
      return;
    }
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': target,
      authorization: String(request.headers.authorization),
      'x-amz-date': String(request.headers['x-amz-date']),
    };
    const body = JSON.stringify({ ...input, ReturnConsumedCapacity: 'TOTAL' });
    const answer = await fetch(databaseUrl, { method: 'POST', headers, body });
    const text = await answer.text();
    requests.push({ operation, units: unitsOf(JSON.parse(text)) });
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(text);
  };
  const server = createServer((request, response) => void forward(request, response).catch((error) => response.destroy(error)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: DatabaseProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests.splice(0),
    fault: undefined,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
  return proxy;
};
