import type { LocalContext } from '../service.ts';
import type { Authorization } from './authorization.ts';
import { forbidden, GatewayError, internalError } from './gateway-error.ts';
import type { LambdaAuthorizerDefinition } from './http-api.ts';
import { identityValue } from './identity-source.ts';
import { allowsInvoke } from './invoke-policy.ts';
import { eventFrame, queryParameters, type RoutedRequest } from './proxy-event.ts';

interface Verdict {
  readonly allows: (routeArn: string) => boolean;
  readonly context: Readonly<Record<string, unknown>>;
}

interface Cached {
  readonly verdict: Verdict;
  readonly until: number;
}

const MAX_CACHED = 10_000;

/** Asks a function whether a request may pass, as the `REQUEST` authorizers of HTTP APIs do. */
export class LambdaAuthorizer {
  readonly #definition: LambdaAuthorizerDefinition;
  readonly #context: LocalContext;
  readonly #cache = new Map<string, Cached>();

  constructor(definition: LambdaAuthorizerDefinition, context: LocalContext) {
    this.#definition = definition;
    this.#context = context;
  }

  /** @throws GatewayError 401 when an identity source is missing, 403 when the function refuses, 500 when it fails */
  async authorize(routed: RoutedRequest): Promise<Authorization> {
    const identity = this.#definition.identitySources.map((source) => identityValue(source, routed));
    if (identity.some((value) => value === undefined || value === '')) throw new GatewayError(401, 'Unauthorized');
    const verdict = await this.#verdict(identity as string[], routed);
    if (!verdict.allows(routeArn(routed))) throw forbidden('the authorizer refused');
    return { eventContext: { lambda: verdict.context }, logValues: verdict.context };
  }

  async #verdict(identity: readonly string[], routed: RoutedRequest): Promise<Verdict> {
    const { ttlSeconds } = this.#definition;
    if (ttlSeconds <= 0 || identity.length === 0) return this.#ask(identity, routed);
    const key = JSON.stringify(identity);
    const now = this.#context.clock.now();
    const cached = this.#cache.get(key);
    if (cached !== undefined && cached.until > now) return cached.verdict;
    const verdict = await this.#ask(identity, routed);
    if (this.#cache.size >= MAX_CACHED) this.#cache.clear();
    this.#cache.set(key, { verdict, until: now + ttlSeconds * 1_000 });
    return verdict;
  }

  async #ask(identity: readonly string[], routed: RoutedRequest): Promise<Verdict> {
    const { functionArn, payloadVersion, simpleResponses } = this.#definition;
    const event = payloadVersion === '2.0' ? eventOf(identity, routed) : earlyEventOf(identity, routed);
    const { payload, functionError } = await this.#context.invoke(functionArn, event).catch((cause: unknown) => {
      throw internalError('the authorizer could not be invoked', cause);
    });
    if (functionError !== undefined) throw internalError('the authorizer failed');
    const verdict = readVerdict(payload, simpleResponses && payloadVersion === '2.0');
    if (verdict === undefined) throw internalError('the authorizer returned an invalid response');
    return verdict;
  }
}

function readVerdict(payload: unknown, simple: boolean): Verdict | undefined {
  if (!isRecord(payload)) return undefined;
  const context = isRecord(payload['context']) ? payload['context'] : {};
  if (simple) {
    const { isAuthorized } = payload;
    return typeof isAuthorized === 'boolean' ? { allows: () => isAuthorized, context } : undefined;
  }
  const { policyDocument, principalId } = payload;
  if (!isRecord(policyDocument) || typeof principalId !== 'string') return undefined;
  return { allows: (arn) => allowsInvoke(policyDocument, arn), context: { principalId, ...context } };
}

function routeArn({ request, api, stage, account }: RoutedRequest): string {
  const { partition, region, accountId } = account;
  const path = stage.name === '$default' ? request.path : request.path.slice(stage.name.length + 1);
  return `arn:${partition}:execute-api:${region}:${accountId}:${api.id}/${stage.name}/${request.method}${path}`;
}

function eventOf(identitySource: readonly string[], routed: RoutedRequest): unknown {
  return { ...eventFrame(routed), type: 'REQUEST', routeArn: routeArn(routed), identitySource };
}

/** Payload format 1.0. */
function earlyEventOf(identity: readonly string[], routed: RoutedRequest): unknown {
  const { request, api, stage, match, account } = routed;
  const resource = match.route.key.split(' ')[1] ?? '$default';
  return {
    version: '1.0',
    type: 'REQUEST',
    methodArn: routeArn(routed),
    identitySource: identity.join(','),
    authorizationToken: identity.join(','),
    resource,
    path: request.path,
    httpMethod: request.method,
    headers: request.headers,
    queryStringParameters: queryParameters(request.rawQuery) ?? {},
    pathParameters: match.parameters ?? {},
    stageVariables: stage.variables ?? {},
    requestContext: {
      accountId: account.accountId,
      apiId: api.id,
      path: request.path,
      stage: stage.name,
      requestId: request.id,
      identity: { sourceIp: request.sourceIp, userAgent: request.headers['user-agent'] ?? '' },
      resourcePath: resource,
      httpMethod: request.method,
    },
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
