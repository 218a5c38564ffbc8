import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CfnOutput, Duration, type Stack } from 'aws-cdk-lib';
import {
  AllowedMethods,
  CachePolicy,
  CacheQueryStringBehavior,
  Distribution,
  KeyGroup,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  PublicKey,
  ResponseHeadersPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { FunctionUrlOrigin, HttpOrigin, OriginGroup } from 'aws-cdk-lib/aws-cloudfront-origins';
import { FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import { Clock } from '../../../local/clock.ts';
import { type LocalBackend, startLocal } from '../../../local/local-backend.ts';
import { inlineFunction, synthesizeStack } from '../../support/synthesize-stack.ts';

const FUNCTION = `exports.handler = async (event) => ({
  statusCode: 200,
  headers: { 'content-type': 'image/webp', 'cache-control': 'max-age=100' },
  body: Buffer.from(event.rawPath).toString('base64'),
  isBase64Encoded: true,
});`;

const pair = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
export const { privateKey } = pair;
export const strangersKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
}) as string;

export interface Cdn {
  readonly backend: LocalBackend;
  readonly url: string;
  readonly keyId: string;
  readonly clock: Clock;
  /** The requests that reached the custom origin: method, URL and headers. */
  readonly asked: { readonly method: string; readonly url: string; readonly headers: Record<string, string> }[];
  readonly dispose: () => Promise<void>;
}

/** A distribution before a plain HTTP server, a function URL, and a group of both. */
export async function startCdn(): Promise<Cdn> {
  const asked: Cdn['asked'][number][] = [];
  const origin = createServer((request, response) => {
    asked.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers as Record<string, string> });
    answer(request, response);
  });
  await new Promise<void>((done) => origin.listen(0, '127.0.0.1', done));
  const clock = new Clock();
  const backend = await startLocal({ assembly: synthesizeStack('Cdn', (stack) => build(stack, origin)), clock });
  return {
    ...{ backend, clock, asked, url: backend.outputs['Url'] ?? '', keyId: backend.outputs['KeyId'] ?? '' },
    dispose: async () => {
      await backend.dispose();
      origin.closeAllConnections();
      await new Promise((done) => origin.close(done));
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://origin');
  const status = Number(searchParams.get('status') ?? 200);
  const control = searchParams.get('control');
  const headers = {
    'content-type': 'text/plain',
    etag: '"v1"',
    'x-remove': 'me',
    'x-frame-options': 'DENY',
    ...(control && { 'cache-control': control }),
  };
  if (pathname.endsWith('/large')) {
    const size = 6 * 1_048_576;
    response.writeHead(200, { ...headers, 'content-length': size }).end(Buffer.alloc(size, 'x'));
    return;
  }
  if (pathname.endsWith('/broken')) {
    response.destroy();
    return;
  }
  if (pathname.endsWith('/endless')) {
    response.writeHead(200, headers);
    for (let chunk = 0; chunk < 6; chunk += 1) response.write(Buffer.alloc(1_048_576, 'x'));
    response.end();
    return;
  }
  if (pathname.endsWith('/slow')) {
    setTimeout(() => response.writeHead(200, headers).end('slow'), 100);
    return;
  }
  if (pathname.endsWith('/missing')) {
    response.writeHead(404, headers).end('not here');
    return;
  }
  const body = `${pathname} 0123456789`;
  response.writeHead(status, { ...headers, 'content-length': body.length }).end(body);
}

function build(stack: Stack, server: Server): void {
  const { port } = server.address() as AddressInfo;
  const custom = new HttpOrigin('127.0.0.1', {
    httpPort: port,
    protocolPolicy: OriginProtocolPolicy.HTTP_ONLY,
    originPath: '/base',
    customHeaders: { 'x-secret': 's' },
  });
  const functionUrl = inlineFunction(stack, 'Variants', FUNCTION).addFunctionUrl({ authType: FunctionUrlAuthType.AWS_IAM });
  const byFunction = FunctionUrlOrigin.withOriginAccessControl(functionUrl);
  const key = new PublicKey(stack, 'Key', { encodedKey: pair.publicKey });
  const keyGroup = new KeyGroup(stack, 'Group', { items: [key] });
  const cachePolicy = new CachePolicy(stack, 'Cache', {
    minTtl: Duration.seconds(0),
    defaultTtl: Duration.seconds(60),
    maxTtl: Duration.seconds(300),
    queryStringBehavior: CacheQueryStringBehavior.allowList('status', 'control', 'v'),
  });
  const responseHeadersPolicy = new ResponseHeadersPolicy(stack, 'Headers', {
    securityHeadersBehavior: { contentTypeOptions: { override: true } },
    customHeadersBehavior: {
      customHeaders: [
        { header: 'X-Frame-Options', value: 'SAMEORIGIN', override: false },
        { header: 'Cross-Origin-Resource-Policy', value: 'cross-origin', override: true },
      ],
    },
    removeHeaders: ['X-Remove'],
    corsBehavior: {
      accessControlAllowOrigins: ['https://app.example'],
      accessControlAllowMethods: ['GET'],
      accessControlAllowHeaders: ['Range'],
      accessControlAllowCredentials: false,
      accessControlExposeHeaders: ['ETag'],
      originOverride: true,
    },
  });
  const common = { cachePolicy, responseHeadersPolicy };
  const distribution = new Distribution(stack, 'Distribution', {
    defaultRootObject: 'index.html',
    defaultBehavior: { ...common, origin: custom },
    additionalBehaviors: {
      'private/*': { ...common, origin: custom, trustedKeyGroups: [keyGroup] },
      'post/*': {
        origin: custom,
        cachePolicy: CachePolicy.CACHING_DISABLED,
        allowedMethods: AllowedMethods.ALLOW_ALL,
        originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      },
      'function/*': { ...common, origin: byFunction, allowedMethods: AllowedMethods.ALLOW_ALL },
      'group/*': {
        ...common,
        origin: new OriginGroup({ primaryOrigin: custom, fallbackOrigin: byFunction, fallbackStatusCodes: [403, 404] }),
      },
    },
    errorResponses: [
      { httpStatus: 404, ttl: Duration.seconds(1) },
      { httpStatus: 410, responseHttpStatus: 200, responsePagePath: '/gone.html', ttl: Duration.seconds(1) },
    ],
  });
  new CfnOutput(stack, 'Url', { value: `https://${distribution.distributionDomainName}` });
  new CfnOutput(stack, 'Id', { value: distribution.distributionId });
  new CfnOutput(stack, 'KeyId', { value: key.publicKeyId });
  new CfnOutput(stack, 'OpenUrl', { value: functionUrl.url });
  const invalidator = inlineFunction(stack, 'Invalidator', 'exports.handler = () => {}');
  distribution.grantCreateInvalidation(invalidator);
}
