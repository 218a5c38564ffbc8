import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type AuthOptions, type AuthRoute, attemptsTable, authRoutes } from '../../contracts/auth.ts';
import { authRequests } from '../../contracts/auth-schemas.ts';
import { variables } from '../../contracts/variables.ts';
import { bundleFunction } from '../../lib/api/bundle-function.ts';
import { compileValidators } from '../../lib/schema/compile-validators.ts';
import { zodToJsonSchema } from '../../lib/schema/zod-to-json-schema.ts';
import { Clock } from '../../local/clock.ts';
import { Inbox } from '../../local/inbox.ts';
import { silentLog } from '../../local/log.ts';
import { cognitoIdp } from '../../local/services/cognito-idp/cognito-idp.ts';
import { dynamodb } from '../../local/services/dynamodb/dynamodb.ts';
import {
  AwsError,
  type LocalContext,
  type LocalService,
  type LocalServiceType,
  type ResolvedResource,
} from '../../local/services/service.ts';
import { FunctionThread } from './function-thread.ts';

const root = join(import.meta.dirname, '../..');
const account = { accountId: '111111111111', region: 'eu-central-1', partition: 'aws' };

const clientAndGroups = (poolId: string, groups: readonly string[]) => [
  {
    type: 'AWS::Cognito::UserPoolClient',
    logicalId: 'Client',
    properties: {
      UserPoolId: poolId,
      ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH'],
      PreventUserExistenceErrors: 'ENABLED',
      EnableTokenRevocation: true,
      RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
      TokenValidityUnits: { AccessToken: 'minutes' },
      AccessTokenValidity: 15,
    },
  },
  ...groups.map((name) => ({
    type: 'AWS::Cognito::UserPoolGroup',
    logicalId: `Group${name}`,
    properties: { UserPoolId: poolId, GroupName: name },
  })),
];

const pool = {
  type: 'AWS::Cognito::UserPool',
  logicalId: 'Pool',
  properties: {
    UsernameAttributes: ['email'],
    AutoVerifiedAttributes: ['email'],
    UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
    AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_email', Priority: 1 }] },
    MfaConfiguration: 'OPTIONAL',
    EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
    Policies: { PasswordPolicy: { MinimumLength: 8, RequireLowercase: true, RequireNumbers: true } },
  },
};

const table = {
  type: 'AWS::DynamoDB::Table',
  logicalId: 'Attempts',
  properties: {
    TableName: 'attempts',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: attemptsTable.partitionKey, AttributeType: 'S' }],
    KeySchema: [{ AttributeName: attemptsTable.partitionKey, KeyType: 'HASH' }],
    TimeToLiveSpecification: { AttributeName: attemptsTable.timeToLive, Enabled: true },
  },
};

const identify = (service: LocalServiceType, resource: { type: string; logicalId: string; properties: object }): ResolvedResource => {
  const template = { stackName: 'Test', ...resource, properties: { ...resource.properties } };
  return { ...template, ...service.identify(template, account, { apiUrl: '', endpointUrl: '' }) };
};

const readAll = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

/** What a service answers instead, when a test wants it to fail. */
export type Fault = (operation: string) => { readonly status: number; readonly type: string } | undefined;

/** An AWS endpoint for the two services, so that the handlers' SDK clients run as they are. */
class Endpoint {
  fault: Fault = () => undefined;
  /** The operations that were asked for, in order. */
  readonly operations: string[] = [];
  readonly #services = new Map<string, LocalService>();
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  add(targetPrefix: string, service: LocalService): void {
    this.#services.set(targetPrefix, service);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    for (const service of this.#services.values()) await service.dispose();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [prefix = '', operation = ''] = String(request.headers['x-amz-target'] ?? 'AWSCognitoIdentityProviderService.').split('.');
    const body = await readAll(request);
    this.operations.push(operation);
    const fault = this.fault(operation);
    if (fault !== undefined) return this.#refuse(response, fault.type, fault.status);
    const signed = request.headers.authorization !== undefined;
    try {
      const answer = await this.#services.get(prefix)?.handle({
        method: request.method ?? 'POST',
        path: request.url ?? '/',
        query: new URLSearchParams(),
        headers: request.headers as Record<string, string>,
        body,
        operation,
        principal: signed ? { arn: `arn:aws:iam::${account.accountId}:root` } : undefined,
        authorize: () => undefined,
      });
      response.writeHead(answer?.status ?? 404, answer?.headers).end(answer?.body);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      this.#refuse(response, error.code, error.status, { message: error.message, ...error.members });
    }
  }

  #refuse(response: ServerResponse, type: string, status: number, members: object = {}): void {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify({ __type: type, ...members }));
  }
}

const authModule = (options: AuthOptions): string => {
  const schemas = Object.fromEntries(Object.entries(authRequests).map(([key, type]) => [key, zodToJsonSchema(type, 'input', key)]));
  const auth: AuthOptions = {
    groups: [],
    adminGroup: 'admins',
    accessTokenMinutes: 15,
    refreshTokenDays: 30,
    selfRegistration: true,
    ...options,
    password: {
      minLength: 8,
      requireDigits: true,
      requireLowercase: true,
      requireUppercase: false,
      requireSymbols: false,
      ...options.password,
    },
  };
  const names = Object.keys(schemas).join(', ');
  return `${compileValidators(schemas)}\nexport const auth = ${JSON.stringify(auth)};\nexport const validators = { ${names} };\n`;
};

export interface AuthRequestOptions {
  readonly body?: unknown;
  readonly token?: string | undefined;
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly sourceIp?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface AuthResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the route answers
  readonly body: any;
  readonly text: string;
}

/** The handlers of accounts over the local services, each request from a source of its own unless it says otherwise. */
export class AuthBackend {
  readonly clock = new Clock();
  readonly inbox = new Inbox();
  readonly #endpoint = new Endpoint();
  readonly #services: { cognito?: LocalService; dynamodb?: LocalService } = {};
  #functions: { account?: FunctionThread; users?: FunctionThread } = {};
  #sources = 0;

  static async start(options: AuthOptions = {}): Promise<AuthBackend> {
    const backend = new AuthBackend();
    await backend.#start(options);
    return backend;
  }

  async #start(options: AuthOptions): Promise<void> {
    const endpointUrl = await this.#endpoint.listen();
    const context: LocalContext = {
      account,
      endpointUrl,
      folder: undefined,
      clock: this.clock,
      log: silentLog,
      inbox: this.inbox,
      ports: { api: 0 },
      environment: {},
      assetPath: () => undefined,
      credentialsFor: () => ({ accessKeyId: 'a', secretAccessKey: 's', sessionToken: 't' }),
      invoke: async () => ({ payload: null }),
    };
    const userPool = identify(cognitoIdp, pool);
    const others = clientAndGroups(userPool.ref, ['admins', ...(options.groups ?? [])]).map((resource) => identify(cognitoIdp, resource));
    this.#services.cognito = await cognitoIdp.start([userPool, ...others], context);
    this.#services.dynamodb = await dynamodb.start([identify(dynamodb, table)], context);
    this.#endpoint.add('AWSCognitoIdentityProviderService', this.#services.cognito);
    this.#endpoint.add('DynamoDB_20120810', this.#services.dynamodb);
    const environment = {
      AWS_REGION: account.region,
      AWS_ACCESS_KEY_ID: 'AKIATEST',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_ENDPOINT_URL: endpointUrl,
      [variables.userPoolId]: userPool.ref,
      [variables.userPoolClientId]: others[0]?.ref ?? '',
      [variables.attemptsTable]: 'attempts',
      [variables.adminGroup]: 'admins',
    };
    const modules = { '@compiled/auth': authModule(options) };
    const run = (file: string): FunctionThread => {
      const { directory } = bundleFunction({ entry: join(root, file), modules });
      return new FunctionThread(join(directory, 'index.cjs'), environment);
    };
    this.#functions = { account: run('lambdas/auth/handler.ts'), users: run('lambdas/auth/users-handler.ts') };
  }

  async call(key: AuthRoute, options: AuthRequestOptions = {}): Promise<AuthResponse> {
    const route = authRoutes[key];
    const rawPath = route.path.replace(/{(\w+)}/g, (_, name: string) => options.path?.[name] ?? '');
    this.#sources += 1;
    const sourceIp = options.sourceIp ?? `10.${this.#sources >> 16}.${(this.#sources >> 8) & 255}.${this.#sources & 255}`;
    const event = {
      routeKey: `${route.method} ${route.path}`,
      rawPath,
      rawQueryString: options.query ?? '',
      headers: {
        host: 'api.example.com',
        ...(options.body !== undefined && { 'content-type': 'application/json' }),
        ...(options.token !== undefined && { authorization: `Bearer ${options.token}` }),
        ...options.headers,
      },
      pathParameters: options.path ?? {},
      requestContext: { http: { method: route.method, path: rawPath, sourceIp } },
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      isBase64Encoded: false,
    };
    const thread = rawPath.startsWith('/admin') ? this.#functions.users : this.#functions.account;
    const result = (await thread?.invoke(event, this.clock.offsetMs)) ?? {};
    const text = result.body ?? '';
    return {
      status: result.statusCode ?? 0,
      headers: (result.headers ?? {}) as Record<string, string>,
      body: text === '' ? undefined : JSON.parse(text),
      text,
    };
  }

  set fault(fault: Fault | undefined) {
    this.#endpoint.fault = fault ?? (() => undefined);
  }

  /** The operations of AWS services that some work asks for. */
  async operationsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
    const before = this.#endpoint.operations.length;
    await work();
    return this.#endpoint.operations.slice(before);
  }

  /** All that the services store. */
  async dump(): Promise<unknown> {
    return { cognito: await this.#services.cognito?.dump(), dynamodb: await this.#services.dynamodb?.dump() };
  }

  /** What the functions have logged. */
  get log(): string {
    return `${this.#functions.account?.log}${this.#functions.users?.log}`;
  }

  async stop(): Promise<void> {
    await Promise.all(Object.values(this.#functions).map((thread) => thread.stop()));
    await this.#endpoint.close();
  }
}
