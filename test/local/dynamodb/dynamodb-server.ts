import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { Clock } from '../../../local/clock.ts';
import { Inbox } from '../../../local/inbox.ts';
import { silentLog } from '../../../local/log.ts';
import { dynamodb } from '../../../local/services/dynamodb/dynamodb.ts';
import type { DynamodbService } from '../../../local/services/dynamodb/dynamodb-service.ts';
import { AwsError, type AwsRequest, type LocalContext, type TemplateResource } from '../../../local/services/service.ts';

export const ACCOUNT = { accountId: '000000000000', region: 'eu-central-1', partition: 'aws' };

/** A table resource as a template holds it. */
export function tableResource(logicalId: string, properties: Record<string, unknown>): TemplateResource {
  return { stackName: 'Test', logicalId, type: 'AWS::DynamoDB::Table', properties };
}

export interface StartOptions {
  readonly resources?: readonly TemplateResource[];
  readonly folder?: string;
  readonly clock?: Clock;
  /** Throws when the caller may not. */
  readonly authorize?: (action: string, resourceArn: string) => void;
}

/** The service behind a small HTTP server, and SDK clients that talk to it. */
export interface DynamodbServer {
  readonly service: DynamodbService;
  readonly clock: Clock;
  readonly url: string;
  readonly client: DynamoDBClient;
  readonly streams: DynamoDBStreamsClient;
  close(): Promise<void>;
}

export async function startDynamodb(options: StartOptions = {}): Promise<DynamodbServer> {
  const clock = options.clock ?? new Clock();
  const service = await dynamodb.start(
    (options.resources ?? []).map((resource) => ({ ...resource, ...dynamodb.identify(resource, ACCOUNT) })),
    contextOf(options.folder, clock),
  );
  const server = createServer((request, response) => void serve(service, options, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new DynamoDBClient(clientOptions(url));
  const streams = new DynamoDBStreamsClient(clientOptions(url));
  return {
    service,
    clock,
    url,
    client,
    streams,
    async close() {
      client.destroy();
      streams.destroy();
      await closeServer(server);
      await service.dispose();
    },
  };
}

export function clientOptions(endpoint: string) {
  return { endpoint, region: ACCOUNT.region, credentials: { accessKeyId: 'local', secretAccessKey: 'local' }, maxAttempts: 1 };
}

function contextOf(folder: string | undefined, clock: Clock): LocalContext {
  return {
    account: ACCOUNT,
    folder,
    clock,
    log: silentLog,
    inbox: new Inbox(),
    endpointUrl: 'http://127.0.0.1:0',
    environment: {},
    assetPath: () => undefined,
    authorizeService: () => {},
    authorizeRole: () => {},
    authorize: () => {},
    keyOwner: () => undefined,
    credentialsFor: () => ({ accessKeyId: 'local', secretAccessKey: 'local', sessionToken: 'local' }),
    service: () => undefined,
    invoke: () => Promise.reject(new Error('the DynamoDB service invokes no function')),
  } as LocalContext;
}

async function serve(service: DynamodbService, options: StartOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const awsRequest: AwsRequest = {
    method: request.method ?? '',
    path: '/',
    query: new URLSearchParams(),
    headers: request.headers as Record<string, string>,
    body: Buffer.concat(chunks),
    operation: String(request.headers['x-amz-target']).split('.')[1] ?? '',
    principal: { arn: 'root' },
    authorize: options.authorize ?? (() => {}),
  };
  try {
    const { status, headers, body } = await service.handle(awsRequest);
    response.writeHead(status, headers).end(body);
  } catch (error) {
    if (!(error instanceof AwsError)) console.error(error);
    const known = error instanceof AwsError ? error : new AwsError('InternalServerError', String(error), { status: 500 });
    response.writeHead(known.status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ __type: known.code, message: known.message, ...known.members }));
  }
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
