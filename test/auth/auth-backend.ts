import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type AuthOptions, type AuthRoute, attemptsTable, authRoutes } from '../../contracts/auth.ts';
import { outputs } from '../../contracts/outputs.ts';
import { type LocalBackend, startLocal } from '../../local/local-backend.ts';
import { cachedAssembly } from '../support/cached-assembly.ts';
import type { ApiAnswer } from '../support/call-api.ts';
import { FaultProxy } from './fault-proxy.ts';

/** A request to a route of accounts. */
export interface AuthCall {
  readonly body?: unknown;
  readonly token?: string | undefined;
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  /** An address of 127.0.0.0/8. @default - one that no other request has */
  readonly from?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer whose body the test knows the shape of. */
export interface AuthAnswer extends ApiAnswer {
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the route answers
  readonly json: any;
}

/** Somebody with an account, logged in. */
export interface AuthUser {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly token: string;
  readonly refreshToken: string;
}

export const goodPassword = 'correct-horse-1';

/** A backend with accounts only, in local mode. Requests go over HTTP. */
export class AuthBackend {
  readonly proxy: FaultProxy;
  readonly #local: LocalBackend;
  readonly #log: readonly string[];
  readonly #cognito: CognitoIdentityProviderClient;
  readonly #documents: DynamoDBDocumentClient;
  #sources = 0;
  #people = 0;

  private constructor(parts: { proxy: FaultProxy; local: LocalBackend; log: readonly string[] }) {
    this.proxy = parts.proxy;
    this.#local = parts.local;
    this.#log = parts.log;
    const { endpointUrl: endpoint, region, credentials } = parts.local;
    this.#cognito = new CognitoIdentityProviderClient({ endpoint, region, credentials });
    this.#documents = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region, credentials }));
  }

  static async start(auth: AuthOptions = {}): Promise<AuthBackend> {
    const log: string[] = [];
    const write = (_source: string, message: string) => void log.push(message);
    const proxy = await FaultProxy.start();
    try {
      const local = await startLocal({
        assembly: cachedAssembly({ app: 'test/auth/accounts-app.ts', settings: auth }),
        log: { info: write, warn: write, error: write, debug: write },
        environment: { AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: proxy.url },
      });
      proxy.target = local.endpointUrl;
      return new AuthBackend({ proxy, local, log });
    } catch (failure) {
      await proxy.stop();
      throw failure;
    }
  }

  async stop(): Promise<void> {
    this.#cognito.destroy();
    this.#documents.destroy();
    await this.#local.dispose();
    await this.proxy.stop();
  }

  /** Cognito as anybody on the internet reaches it. */
  publicCognito(): { readonly client: CognitoIdentityProviderClient; readonly clientId: string } {
    return { client: this.#cognito, clientId: this.#local.outputs[outputs.userPoolClientId] ?? '' };
  }

  get apiUrl(): string {
    return this.#local.apiUrl;
  }

  /** A source that no request has come from yet. */
  newSource(): string {
    this.#sources += 1;
    return `127.${1 + (this.#sources >> 16)}.${(this.#sources >> 8) & 255}.${this.#sources & 255}`;
  }

  /** An address that nobody has used yet. */
  newEmail(): string {
    this.#people += 1;
    return `person-${this.#people}@example.com`;
  }

  call(key: AuthRoute, { body, token, path = {}, query = {}, from, headers = {} }: AuthCall = {}): Promise<AuthAnswer> {
    const route = authRoutes[key];
    const search = new URLSearchParams(query).toString();
    const filled = route.path.replace(/{(\w+)}/g, (_, name: string) => encodeURIComponent(path[name] ?? ''));
    const target = search === '' ? filled : `${filled}?${search}`;
    const text = body === undefined ? undefined : JSON.stringify(body);
    const { hostname, port } = new URL(this.#local.apiUrl);
    return new Promise((resolve, reject) => {
      const sent = {
        ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...headers,
      };
      const options = {
        hostname,
        port,
        method: route.method,
        path: target,
        headers: sent,
        agent: false,
        localAddress: from ?? this.newSource(),
      };
      const request = httpRequest(options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const answer = Buffer.concat(chunks).toString();
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: answer,
            json: answer === '' ? undefined : JSON.parse(answer),
            path: target,
          });
        });
      });
      request.on('error', reject);
      request.end(text);
    });
  }

  /** A confirmed account. */
  async newAccount(groups: readonly string[] = []): Promise<{ readonly id: string; readonly email: string; readonly password: string }> {
    const email = this.newEmail();
    const named = { UserPoolId: this.#local.outputs[outputs.userPoolId] ?? '', Username: email };
    const attributes = [
      { Name: 'email', Value: email },
      { Name: 'email_verified', Value: 'true' },
    ];
    const created = await this.#cognito.send(
      new AdminCreateUserCommand({ ...named, MessageAction: 'SUPPRESS', UserAttributes: attributes }),
    );
    await this.#cognito.send(new AdminSetUserPasswordCommand({ ...named, Password: goodPassword, Permanent: true }));
    for (const group of groups) await this.#cognito.send(new AdminAddUserToGroupCommand({ ...named, GroupName: group }));
    return { id: created.User?.Username ?? '', email, password: goodPassword };
  }

  /** A confirmed account that is logged in. */
  async newUser(groups: readonly string[] = []): Promise<AuthUser> {
    const account = await this.newAccount(groups);
    const { status, json } = await this.call('login', { body: { email: account.email, password: account.password } });
    expect(status).toBe(200);
    return { ...account, token: json.accessToken, refreshToken: json.refreshToken };
  }

  /** The newest code that was sent to this address. */
  codeFor(email: string): string {
    return this.#local.inbox.list(email).find(({ code }) => code !== undefined)?.code ?? '';
  }

  /** The bodies of the messages to an address, newest first. */
  messagesTo(email: string): readonly string[] {
    return this.#local.inbox.list(email).map(({ body }) => body);
  }

  messageCount(): number {
    return this.#local.inbox.list().length;
  }

  /** The operations that some work asks Cognito for. */
  async cognitoOperationsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
    const before = this.proxy.operations.length;
    await work();
    // A function that starts fetches the pool's keys and the secret of the app client.
    return this.proxy.operations.slice(before).filter((operation) => operation !== '' && operation !== 'DescribeUserPoolClient');
  }

  /** Moves all counted attempts so far into the past and the services' clock forward, until the test ends. */
  async letTimePass(seconds: number): Promise<void> {
    const table = await this.attemptsTableName();
    const { Items = [] } = await this.#documents.send(new ScanCommand({ TableName: table }));
    for (const item of Items.filter(({ windowEnds }) => windowEnds !== undefined)) {
      await this.#documents.send(
        new UpdateCommand({
          TableName: table,
          Key: { [attemptsTable.partitionKey]: item[attemptsTable.partitionKey] },
          UpdateExpression: 'SET windowEnds = :ends',
          ExpressionAttributeValues: { ':ends': Number(item['windowEnds']) - seconds * 1_000 },
        }),
      );
    }
    this.#local.clock.advance(seconds * 1_000);
  }

  /** Sets the clock right again: the functions live in the machine's time. */
  resetClock(): void {
    this.#local.clock.set(Date.now());
  }

  async attemptsTableName(): Promise<string> {
    const { dynamodb } = (await this.#local.dump()) as { dynamodb: Record<string, unknown> };
    return Object.keys(dynamodb).find((name) => name.includes('Attempts')) ?? '';
  }

  /** All users of the pool and all counted attempts, as one text. */
  async state(): Promise<string> {
    return JSON.stringify(await this.#local.dump());
  }

  /** The users of the pool, without what changes by time. */
  async users(): Promise<string> {
    const { 'cognito-idp': cognito } = (await this.#local.dump()) as Record<string, unknown>;
    return JSON.stringify(cognito);
  }

  logText(): string {
    return this.#log.join('\n');
  }
}

/** The headers that may not differ between two answers that must look the same. */
export const comparableHeaders = (headers: IncomingHttpHeaders): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !['date', 'x-request-id', 'apigw-requestid'].includes(name)));
