import { Clock } from '../../../local/clock.ts';
import { Inbox } from '../../../local/inbox.ts';
import { lambda } from '../../../local/services/lambda/lambda.ts';
import type { LambdaService } from '../../../local/services/lambda/lambda-service.ts';
import type { AwsResponse, LocalContext, LocalService, ResolvedResource } from '../../../local/services/service.ts';

export const account = { accountId: '123456789012', region: 'eu-central-1', partition: 'aws' };
const addresses = { apiUrl: 'http://127.0.0.1:0', endpointUrl: 'http://127.0.0.1:1' };

export interface LogLine {
  readonly level: string;
  readonly source: string;
  readonly line: string;
}

export interface Run {
  readonly service: LambdaService;
  readonly context: LocalContext;
  readonly lines: LogLine[];
  readonly arn: (name: string) => string;
  readonly invoke: (name: string, payload?: unknown) => Promise<{ payload: unknown; functionError?: string }>;
  readonly post: (name: string, body: string, headers?: Record<string, string>) => Promise<AwsResponse>;
}

export type FunctionProperties = Readonly<Record<string, unknown>> & { readonly code?: string };

/** A resolved resource, as the template reader would hand it to a service. */
export function resource(type: string, logicalId: string, properties: Readonly<Record<string, unknown>>): ResolvedResource {
  const declared = { logicalId, stackName: 'Test', type, properties };
  return { ...declared, ...lambda.identify(declared, account, addresses) };
}

export function functionResource(name: string, { code, ...properties }: FunctionProperties): ResolvedResource {
  return resource('AWS::Lambda::Function', name, {
    FunctionName: name,
    Runtime: 'nodejs22.x',
    Handler: 'index.handler',
    Role: `arn:aws:iam::${account.accountId}:role/${name}-role`,
    ...(code !== undefined && { Code: { ZipFile: code } }),
    ...properties,
  });
}

export function createContext(overrides: Partial<LocalContext> = {}): { context: LocalContext; lines: LogLine[] } {
  const lines: LogLine[] = [];
  const write = (level: string) => (source: string, line: string) => void lines.push({ level, source, line });
  const context: LocalContext = {
    account,
    folder: undefined,
    clock: new Clock(),
    log: { info: write('info'), warn: write('warn'), error: write('error') },
    inbox: new Inbox(),
    endpointUrl: addresses.endpointUrl,
    environment: {},
    assetPath: () => undefined,
    authorizeService: () => {},
    authorizeRole: () => {},
    authorize: () => {},
    keyOwner: () => undefined,
    credentialsFor: (roleArn, sessionName) => ({ accessKeyId: `key of ${roleArn}`, secretAccessKey: 's', sessionToken: sessionName }),
    invoke: async () => ({ payload: null }),
    service: (): LocalService | undefined => undefined,
    ...overrides,
  };
  return { context, lines };
}

/** Starts the Lambda service with functions by name. */
export async function runFunctions(
  functions: Readonly<Record<string, FunctionProperties>>,
  options: { readonly resources?: readonly ResolvedResource[]; readonly context?: Partial<LocalContext> } = {},
): Promise<Run> {
  const { context, lines } = createContext(options.context);
  const declared = Object.entries(functions).map(([name, properties]) => functionResource(name, properties));
  const service = await lambda.start([...declared, ...(options.resources ?? [])], context);
  const arn = (name: string): string => `arn:aws:lambda:${account.region}:${account.accountId}:function:${name}`;
  return {
    service,
    context,
    lines,
    arn,
    invoke: (name, payload = {}) => service.invoke(arn(name), payload),
    post: (name, body, headers = {}) =>
      service.handle({
        method: 'POST',
        path: `/2015-03-31/functions/${encodeURIComponent(name)}/invocations`,
        query: new URLSearchParams(),
        headers,
        body: Buffer.from(body),
        operation: '',
        principal: { arn: 'root' },
        authorize: () => {},
      }),
  };
}
