import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CognitoIdentityProviderClient,
  type CognitoIdentityProviderClientConfig,
  ConfirmSignUpCommand,
  InitiateAuthCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { Clock } from '../../../../local/clock.ts';
import { Inbox } from '../../../../local/inbox.ts';
import { silentLog } from '../../../../local/log.ts';
import { cognitoIdp } from '../../../../local/services/cognito-idp/cognito-idp.ts';
import {
  AwsError,
  type AwsRequest,
  type InvokeResult,
  type LocalContext,
  type LocalService,
  type ResolvedResource,
} from '../../../../local/services/service.ts';

export const account = { accountId: '123456789012', region: 'eu-central-1', partition: 'aws' };

export type Trigger = (event: Record<string, unknown>) => unknown;

export interface LocalCognitoOptions {
  readonly pool?: Record<string, unknown>;
  readonly client?: Record<string, unknown>;
  /** A second pool with a client of its own. */
  readonly otherPool?: Record<string, unknown>;
  readonly groups?: readonly Record<string, unknown>[];
  readonly triggers?: Readonly<Record<string, Trigger>>;
  readonly folder?: string;
  /** Refuses these IAM actions. */
  readonly deny?: readonly string[];
}

/** A clock that moves only when a test moves it, so that a slow machine lets no pause run out. */
class StillClock extends Clock {
  readonly #startedAt = Date.now();

  override now(): number {
    return this.#startedAt + this.offsetMs;
  }
}

export interface LocalCognito {
  readonly endpoint: string;
  readonly poolId: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly other: { readonly poolId: string; readonly clientId: string };
  /** Signs its requests. */
  readonly admin: CognitoIdentityProviderClient;
  /** Has no credentials. */
  readonly sdk: CognitoIdentityProviderClient;
  readonly inbox: Inbox;
  readonly clock: Clock;
  readonly authorized: string[];
  readonly service: LocalService;
  readonly context: LocalContext;
  stop(): Promise<void>;
}

export const EMAIL_POOL = {
  UsernameAttributes: ['email'],
  AutoVerifiedAttributes: ['email'],
  UsernameConfiguration: { CaseSensitive: false },
  Policies: {
    PasswordPolicy: { MinimumLength: 8, RequireLowercase: true, RequireUppercase: true, RequireNumbers: true, RequireSymbols: false },
  },
  Schema: [
    { Name: 'email', Required: true, Mutable: true },
    { Name: 'tenant', AttributeDataType: 'String', Mutable: false },
    { Name: 'plan', AttributeDataType: 'String', Mutable: true, StringAttributeConstraints: { MaxLength: 8 } },
  ],
  MfaConfiguration: 'OPTIONAL',
  EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
  AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_email', Priority: 1 }] },
};

export const CLIENT = {
  ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH', 'ALLOW_ADMIN_USER_PASSWORD_AUTH'],
  PreventUserExistenceErrors: 'ENABLED',
  EnableTokenRevocation: true,
};

export const PASSWORD = 'Correct1horse';

function resource(type: string, logicalId: string, properties: Record<string, unknown>): ResolvedResource {
  const declared = { type, logicalId, stackName: 'Test', properties };
  return { ...declared, ...cognitoIdp.identify(declared, account, { apiUrl: 'http://127.0.0.1:1', endpointUrl: 'http://127.0.0.1:2' }) };
}

function poolWithClient(
  name: string,
  pool: Record<string, unknown>,
  client: Record<string, unknown>,
): [ResolvedResource, ResolvedResource] {
  const userPool = resource('AWS::Cognito::UserPool', `${name}Pool`, pool);
  return [userPool, resource('AWS::Cognito::UserPoolClient', `${name}Client`, { UserPoolId: userPool.ref, ...client })];
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function authorize(request: { authorized: string[]; deny: readonly string[] }, action: string, resourceArn: string): void {
  if (request.deny.includes(action)) {
    throw new AwsError('AccessDeniedException', `not authorized to perform: ${action} on resource: ${resourceArn}`);
  }
  request.authorized.push(`${action} ${resourceArn}`);
}

/** Runs a trigger as local mode's Lambda would. */
async function invokeTrigger(triggers: Readonly<Record<string, Trigger>>, arn: string, payload: unknown): Promise<InvokeResult> {
  try {
    return { payload: await triggers[arn]?.(structuredClone(payload) as Record<string, unknown>) };
  } catch (error) {
    return { payload: { errorType: 'Error', errorMessage: (error as Error).message }, functionError: 'Unhandled' };
  }
}

/** Starts the service behind a small HTTP server that stands for the local endpoint. */
export async function startLocalCognito(options: LocalCognitoOptions = {}): Promise<LocalCognito> {
  const triggers = options.triggers ?? {};
  const lambdaConfig = Object.fromEntries(Object.keys(triggers).map((name) => [name, name]));
  const pool = { ...EMAIL_POOL, ...options.pool };
  const [userPool, userPoolClient] = poolWithClient('Main', { LambdaConfig: lambdaConfig, ...pool }, { ...CLIENT, ...options.client });
  const [otherPool, otherClient] = poolWithClient('Other', { ...EMAIL_POOL, ...options.otherPool }, CLIENT);
  const groups = (options.groups ?? []).map((group, index) => {
    return resource('AWS::Cognito::UserPoolGroup', `Group${index}`, { UserPoolId: userPool.ref, ...group });
  });
  const clock = new StillClock();
  const inbox = new Inbox();
  const authorized: string[] = [];
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const context: LocalContext = {
    ...{ account, folder: options.folder, clock, inbox, log: silentLog, endpointUrl: endpoint },
    ...{ environment: {}, assetPath: () => undefined },
    authorizeService: () => {},
    authorizeRole: () => {},
    authorize: () => {},
    keyOwner: () => undefined,
    credentialsFor: () => ({ accessKeyId: 'local', secretAccessKey: 'local', sessionToken: 'local' }),
    service: () => undefined,
    invoke: (arn, payload) => invokeTrigger(triggers, arn, payload),
  };
  const service = await cognitoIdp.start([userPool, userPoolClient, otherPool, otherClient, ...groups], context);
  server.on('request', (request, response) => {
    void serve(service, { authorized, deny: options.deny ?? [] }, request, response);
  });
  const config: CognitoIdentityProviderClientConfig = { endpoint, region: account.region, maxAttempts: 1 };
  const admin = new CognitoIdentityProviderClient({ ...config, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });
  const sdk = new CognitoIdentityProviderClient({
    ...config,
    credentials: () => Promise.reject(new Error('this client has no credentials')),
  });
  return {
    ...{ endpoint, admin, sdk, inbox, clock, authorized, service, context },
    ...{ poolId: userPool.ref, clientId: userPoolClient.ref, clientSecret: userPoolClient.attributes['ClientSecret'] },
    other: { poolId: otherPool.ref, clientId: otherClient.ref },
    async stop() {
      admin.destroy();
      sdk.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await service.dispose();
    },
  };
}

async function serve(
  service: LocalService,
  iam: { authorized: string[]; deny: readonly string[] },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://local');
  const awsRequest: AwsRequest = {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers as Record<string, string>,
    body: await readBody(request),
    operation: String(request.headers['x-amz-target'] ?? '').split('.')[1] ?? '',
    principal: request.headers.authorization === undefined ? undefined : { arn: 'root' },
    authorize: (action, arn) => authorize(iam, action, arn),
  };
  try {
    const answer = await service.handle(awsRequest);
    response.writeHead(answer.status, answer.headers).end(answer.body);
  } catch (error) {
    const refusal =
      error instanceof AwsError ? error : new AwsError('InternalErrorException', String((error as Error).stack), { status: 500 });
    const body = JSON.stringify({ __type: refusal.code, message: refusal.message, ...refusal.members });
    response.writeHead(refusal.status, { 'content-type': 'application/x-amz-json-1.1' }).end(body);
  }
}

/** What a refused request says: `Name: message`. */
export async function refusal(request: Promise<unknown>): Promise<string> {
  const result = await request.then(
    (reply) => `accepted: ${JSON.stringify(reply)}`,
    (error: Error) => `${error.name}: ${error.message}`,
  );
  return result;
}

/** Signs a user up and confirms; the user's `sub`. */
export async function register(local: LocalCognito, email: string, password = PASSWORD): Promise<string> {
  const signedUp = await local.sdk.send(new SignUpCommand({ ClientId: local.clientId, Username: email, Password: password }));
  const code = lastCode(local, email);
  await local.sdk.send(new ConfirmSignUpCommand({ ClientId: local.clientId, Username: email, ConfirmationCode: code }));
  return signedUp.UserSub ?? '';
}

export function lastCode(local: LocalCognito, to: string): string {
  const message = local.inbox.list(to).find((candidate) => candidate.code !== undefined);
  return message?.code ?? 'no code was sent';
}

export function passwordLogin(local: LocalCognito, email: string, password = PASSWORD) {
  const parameters = { USERNAME: email, PASSWORD: password };
  return local.sdk.send(new InitiateAuthCommand({ ClientId: local.clientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: parameters }));
}

/** Signs in and gives the tokens. */
export async function tokensOf(local: LocalCognito, email: string, password = PASSWORD) {
  const { AuthenticationResult } = await passwordLogin(local, email, password);
  return {
    accessToken: AuthenticationResult?.AccessToken ?? '',
    idToken: AuthenticationResult?.IdToken ?? '',
    refreshToken: AuthenticationResult?.RefreshToken ?? '',
  };
}

export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}
