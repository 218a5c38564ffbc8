import type { IncomingMessage, ServerResponse } from 'node:http';
import { Listener } from '../../http/listener.ts';
import { parseAuthorization } from '../../http/sigv4-authorization.ts';
import { applyCors, isPreflight, preflightResponse } from '../apigateway/cors.ts';
import { GatewayError } from '../apigateway/gateway-error.ts';
import { type GatewayRequest, readRequest } from '../apigateway/gateway-request.ts';
import { eventBody, eventFrame } from '../apigateway/proxy-event.ts';
import { type GatewayResponse, proxyResponse } from '../apigateway/proxy-response.ts';
import { readBody } from '../apigateway/read-body.ts';
import { portOf } from '../server-url.ts';
import { AwsError, type AwsResponse, type InvokeResult, type LocalContext, type Principal, type UrlRequest } from '../service.ts';
import type { FunctionUrl } from './function-url.ts';

/** A request that came over the wire, or one of a service of AWS. */
interface Call {
  readonly request: GatewayRequest;
  readonly body: Buffer | undefined;
  readonly as: UrlRequest['as'];
}

const MAX_HEADER_BYTES = 20_480;
const GRACE_MS = 5_000;
/** AWS: 6 MB for the payload of a request, and of a response. */
const MAX_PAYLOAD_BYTES = 6_291_456;

/** The HTTP server of one function URL. */
export class FunctionUrlServer {
  readonly #url: FunctionUrl;
  readonly #context: LocalContext;
  readonly #invoke: (event: unknown) => Promise<InvokeResult>;
  readonly #listener: Listener;

  constructor(url: FunctionUrl, context: LocalContext, invoke: (event: unknown) => Promise<InvokeResult>) {
    this.#url = url;
    this.#context = context;
    this.#invoke = invoke;
    this.#listener = new Listener({
      maxHeaderBytes: MAX_HEADER_BYTES,
      graceMs: GRACE_MS,
      serve: (message, response) => this.#serve(message, response),
      failed: (error) => context.log.error('lambda', `a function URL could not answer: ${String(error)}`),
    });
  }

  /** @returns `127.0.0.1:<port>` */
  async listen(): Promise<string> {
    return `127.0.0.1:${await this.#listener.listen(portOf(this.#url.url))}`;
  }

  dispose(): Promise<void> {
    return this.#listener.dispose();
  }

  /** Answers a service of AWS, or whoever stands behind it. */
  async request(host: string, { method, path, query, headers, body, sourceIp, as }: UrlRequest): Promise<AwsResponse> {
    const { cookie, ...others } = headers;
    const request: GatewayRequest = {
      id: crypto.randomUUID(),
      ...{ method, path, rawQuery: query, sourceIp, protocol: 'HTTP/1.1', receivedAt: this.#context.clock.now() },
      headers: { ...others, host, 'content-length': String(body?.length ?? 0) },
      cookies: cookie === undefined || cookie === '' ? undefined : cookie.split(/;\s*/),
    };
    const answer = await this.#answer({ request, body, as });
    const cookies = answer.cookies.length > 0 && { 'set-cookie': answer.cookies as unknown as string };
    return { status: answer.status, headers: { ...answer.headers, ...cookies }, body: answer.body };
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    let answer: GatewayResponse;
    try {
      const decoded = readRequest(message, this.#context.clock.now());
      // Function URLs hand the path on as it came, unlike HTTP APIs.
      const request = { ...decoded, path: (message.url ?? '/').split('?', 1)[0] ?? '/' };
      const body = await readBody(message);
      answer = await this.#answer({ request, body, as: undefined });
    } catch (error) {
      answer = this.#refusal(error);
    }
    const cookies = answer.cookies.length > 0 && { 'set-cookie': [...answer.cookies] };
    response.writeHead(answer.status, { ...answer.headers, ...cookies, 'content-length': Buffer.byteLength(answer.body) });
    response.end(answer.body);
  }

  async #answer(call: Call): Promise<GatewayResponse> {
    const { cors } = this.#url;
    const { request } = call;
    if (cors !== undefined && isPreflight(request)) return { ...preflightResponse(cors, request), status: 200 };
    let answer: GatewayResponse;
    try {
      answer = await this.#call(call);
    } catch (error) {
      answer = this.#refusal(error);
    }
    if (cors !== undefined) applyCors(cors, request, answer.headers);
    return { ...answer, headers: { ...answer.headers, 'x-amzn-requestid': request.id } };
  }

  async #call({ request, body, as }: Call): Promise<GatewayResponse> {
    const principal = this.#authorize(request, as);
    if ((body?.length ?? 0) > MAX_PAYLOAD_BYTES) throw new GatewayError(413, 'Request must be smaller than 6291456 bytes');
    const result = await this.#invoke(this.#event(request, body, principal));
    if (result.functionError !== undefined) throw new GatewayError(502, 'Internal Server Error');
    return proxyResponse(result.payload);
  }

  /**
   * AWS asks for both actions since October 2025 ("Control access to Lambda function URLs", Lambda Developer Guide).
   *
   * @returns who signed the request
   */
  #authorize({ headers }: GatewayRequest, as: UrlRequest['as']): Principal | undefined {
    const { functionArn, authType } = this.#url;
    const actions = ['lambda:InvokeFunctionUrl', 'lambda:InvokeFunction'];
    const values = { 'lambda:FunctionUrlAuthType': authType, 'lambda:InvokedViaFunctionUrl': 'true' };
    try {
      if (as !== undefined && authType === 'AWS_IAM') {
        for (const action of actions) this.#context.authorizeService(as.service, action, functionArn, as.sourceArn, values);
        return undefined;
      }
      const principal = authType === 'NONE' ? undefined : this.#signer(headers);
      for (const action of actions) this.#context.authorize(principal, action, functionArn, values);
      return principal;
    } catch (cause) {
      if (!(cause instanceof AwsError)) throw cause;
      throw new GatewayError(403, 'Forbidden', { cause });
    }
  }

  #signer(headers: Readonly<Record<string, string>>): Principal {
    const scope = parseAuthorization(headers['authorization'] ?? '');
    const owner = scope?.service === 'lambda' ? this.#context.keyOwner(scope.accessKeyId) : undefined;
    const token = owner !== undefined && 'sessionToken' in owner.credentials ? owner.credentials.sessionToken : undefined;
    if (owner === undefined || headers['x-amz-security-token'] !== token) throw new GatewayError(403, 'Forbidden');
    return owner.principal;
  }

  #event(request: GatewayRequest, body: Buffer | undefined, principal: Principal | undefined): unknown {
    const { account } = this.#context;
    const frame = eventFrame({
      request,
      account,
      api: this.#url,
      stage: { name: '$default', variables: undefined },
      match: { route: { key: '$default' }, parameters: undefined },
    });
    const context = frame['requestContext'] as Record<string, unknown>;
    const iam = principal && { authorizer: { iam: { accountId: account.accountId, userArn: principal.arn } } };
    return { ...frame, requestContext: { ...context, ...iam }, ...eventBody(request, body) };
  }

  #refusal(error: unknown): GatewayResponse {
    const { status, message } = error instanceof GatewayError ? error : awsRefusal(error);
    if (status >= 500) this.#context.log.error('lambda', `the function URL of ${this.#url.functionArn}: ${reasonOf(error)}`);
    // What the function answered wrongly is a bad gateway here, not a server error.
    const shown = status === 500 ? 502 : status;
    return { status: shown, headers: { 'content-type': 'application/json' }, cookies: [], body: JSON.stringify({ Message: message }) };
  }
}

const awsRefusal = (error: unknown): { readonly status: number; readonly message: string } =>
  error instanceof AwsError ? { status: error.status, message: error.message } : { status: 502, message: 'Internal Server Error' };

const reasonOf = (error: unknown): string =>
  error instanceof GatewayError ? (error.reason ?? error.message) : error instanceof Error ? error.message : String(error);
