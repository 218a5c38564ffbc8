import { connect } from 'node:net';
import { apigateway } from '../../../local/services/apigateway/apigateway.ts';
import type { InvokeResult, LocalContext, ResolvedResource } from '../../../local/services/service.ts';
import { account, createContext, type LogLine } from '../lambda/run-functions.ts';

const addresses = { apiUrl: 'http://127.0.0.1:0', endpointUrl: 'http://127.0.0.1:1' };
/** The handler of every route, unless a test gives another. */
type Handler = (event: ProxyEvent) => unknown;

export interface ProxyEvent {
  readonly routeKey: string;
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly headers: Record<string, string>;
  readonly cookies?: string[];
  readonly queryStringParameters?: Record<string, string>;
  readonly pathParameters?: Record<string, string>;
  readonly requestContext: { readonly http: Record<string, string>; readonly authorizer?: unknown; readonly stage: string } & Record<
    string,
    unknown
  >;
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

export interface ApiOptions {
  /** Route keys with further properties of the route. */
  readonly routes: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly api?: Readonly<Record<string, unknown>>;
  readonly stage?: Readonly<Record<string, unknown>>;
  readonly integration?: Readonly<Record<string, unknown>>;
  readonly authorizers?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly handler?: Handler;
  /** Instead of a handler: what `context.invoke` does. */
  readonly invoke?: LocalContext['invoke'];
  readonly context?: Partial<LocalContext>;
}

export interface RunningApi {
  readonly url: string;
  readonly context: LocalContext;
  readonly lines: LogLine[];
  /** The events that reached a function. */
  readonly events: ProxyEvent[];
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>;
  /** Sends bytes as they are and gives what comes back until the connection ends. */
  readonly raw: (text: string) => Promise<string>;
  readonly dispose: () => Promise<void>;
}

export const functionArn = (name: string): string => `arn:aws:lambda:${account.region}:${account.accountId}:function:${name}`;

function declare(type: string, logicalId: string, properties: Readonly<Record<string, unknown>>): ResolvedResource {
  const declared = { logicalId, stackName: 'Test', type: `AWS::ApiGatewayV2::${type}`, properties };
  return { ...declared, ...apigateway.identify(declared, account, addresses) };
}

/** Starts an HTTP API with a `$default` stage whose routes all reach one handler. */
export async function runApi(options: ApiOptions): Promise<RunningApi> {
  const events: ProxyEvent[] = [];
  const handler: Handler = options.handler ?? ((event) => event);
  const invoke = async (arn: string, payload: unknown): Promise<InvokeResult> => {
    const event = JSON.parse(JSON.stringify(payload)) as ProxyEvent;
    if (options.invoke !== undefined) return options.invoke(arn, event);
    events.push(event);
    return { payload: JSON.parse(JSON.stringify((await handler(event)) ?? null)) };
  };
  const { context, lines } = createContext({ invoke, ...options.context });
  const service = await apigateway.start(resourcesOf(options), context);
  const url = [...service.urls.values()][0] ?? '';
  return {
    ...{ url, context, lines, events },
    fetch: (path, init) => fetch(url + path, init),
    raw: (text) => exchange(Number(new URL(url).port), text),
    dispose: () => service.dispose(),
  };
}

/** The template's resources of such an API. */
export function resourcesOf(options: ApiOptions): ResolvedResource[] {
  const api = declare('Api', 'Api', { ProtocolType: 'HTTP', Name: 'test', ...options.api });
  const ApiId = api.ref;
  const integration = declare('Integration', 'Integration', {
    ApiId,
    IntegrationType: 'AWS_PROXY',
    IntegrationUri: functionArn('handler'),
    PayloadFormatVersion: '2.0',
    ...options.integration,
  });
  const stage = declare('Stage', 'Stage', { ApiId, StageName: '$default', ...options.stage });
  const authorizers = Object.entries(options.authorizers ?? {}).map(([name, properties]) =>
    declare('Authorizer', name, { ApiId, ...properties }),
  );
  const routes = Object.entries(options.routes).map(([RouteKey, { authorizer, ...properties }], index) => {
    const found = authorizers.find(({ logicalId }) => logicalId === authorizer);
    return declare('Route', `Route${index}`, {
      ...{ ApiId, RouteKey, Target: `integrations/${integration.ref}` },
      ...(found && {
        AuthorizerId: found.ref,
        AuthorizationType: found.properties['AuthorizerType'] === 'JWT' ? 'JWT' : 'CUSTOM',
      }),
      ...properties,
    });
  });
  return [api, integration, stage, ...authorizers, ...routes];
}

/** Sends bytes as they are and gives what comes back until the connection ends. */
export function exchange(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text, 'latin1'));
    let received = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      received += chunk;
    });
    socket.on('close', () => resolve(received));
    socket.on('error', (error) => (received === '' ? reject(error) : resolve(received)));
  });
}
