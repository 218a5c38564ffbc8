import { Match } from 'aws-cdk-lib/assertions';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { defineRoutes } from '../../../contracts/route.ts';
import { Api } from '../../../lib/api/api.ts';
import { actionsOf, emptyStack, synth } from '../../support/synth.ts';

const routes = defineRoutes({
  readThing: { method: 'GET', path: '/things/{id}', access: 'anyone', summary: 'Reads', status: 200, errors: [] },
  makeThing: { method: 'POST', path: '/things', access: 'signedIn', summary: 'Makes', status: 201, errors: [], body: 'required' },
});

describe('Api refuses', () => {
  it.each([
    [
      { corsOrigins: ['https://app.example.com/'] },
      /corsOrigins has "https:\/\/app\.example\.com\/".*write it as "https:\/\/app\.example\.com"/,
    ],
    [{ corsOrigins: ['app.example.com'] }, /which is no origin/],
    [{ corsOrigins: ['null'] }, /which is no origin/],
    [{ corsOrigins: ['https://*.example.com'] }, /which is no origin/],
    [{ corsOrigins: ['*', 'https://app.example.com'] }, /"\*" beside others/],
    [{ throttle: { ratePerSecond: 0 } }, /throttle is \{ ratePerSecond: 0, burst: 2000 \}/],
    [{ throttle: { burst: Number.NaN } }, /both must be more than 0/],
  ])('%j', (props, message) => {
    expect(() => new Api(emptyStack(), 'Api', props)).toThrow(message);
  });
});

describe('Api by default', () => {
  const { template } = synth((stack) => new Api(stack, 'Api'));

  it('answers all that no feature takes, and describes itself', () => {
    const keys = Object.values(template.findResources('AWS::ApiGatewayV2::Route')).map((route) => route['Properties'].RouteKey);
    expect(keys.sort()).toEqual(['$default', 'GET /openapi.json', 'HEAD /openapi.json']);
  });

  it('lets no page of another origin in', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', { CorsConfiguration: Match.absent(), ProtocolType: 'HTTP' });
  });

  it('is throttled and logs each request, without its path and query', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 1_000, ThrottlingBurstLimit: 2_000 },
      AccessLogSettings: { Format: Match.not(Match.stringLikeRegexp('\\$context\\.(path|customDomain|authorizer)|rawQuery')) },
    });
  });

  it('keeps logs for a month', () => {
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
  });

  it('gives its function nothing but its log', () => {
    expect(actionsOf(template, 'Fallback')).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
  });

  it('may call the function itself, and no other API may', () => {
    template.resourceCountIs('AWS::Lambda::Permission', 1);
    template.hasResourceProperties('AWS::Lambda::Permission', {
      Principal: 'apigateway.amazonaws.com',
      SourceArn: { 'Fn::Join': ['', Match.arrayWith([':execute-api:'])] },
    });
  });
});

describe('Api with everything set', () => {
  const { template } = synth((stack) => {
    const api = new Api(stack, 'Api', {
      corsOrigins: ['https://app.example.com', 'http://localhost:5173'],
      throttle: { ratePerSecond: 10, burst: 20 },
      stage: 'production',
      logRetention: RetentionDays.ONE_WEEK,
      memorySizeMb: 2_048,
      tracing: true,
    });
    const target = new LambdaFunction(stack, 'Target', {
      code: Code.fromInline('x'),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
    });
    api.addRoutes('Things', routes, target);
    return api;
  });

  it('lets pages of the given origins in, and no others', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', {
      CorsConfiguration: {
        AllowOrigins: ['https://app.example.com', 'http://localhost:5173'],
        AllowCredentials: Match.absent(),
        AllowHeaders: ['authorization', 'content-type', 'idempotency-key', 'if-match', 'if-none-match'],
        AllowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
        ExposeHeaders: Match.arrayWith(['etag', 'retry-after', 'x-request-id']),
        MaxAge: 7_200,
      },
    });
  });

  it('takes the given bounds, retention, memory and tracing', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      DefaultRouteSettings: { ThrottlingRateLimit: 10, ThrottlingBurstLimit: 20 },
    });
    template.resourcePropertiesCountIs('AWS::Logs::LogGroup', { RetentionInDays: 7 }, 2);
    template.hasResourceProperties('AWS::Lambda::Function', { MemorySize: 2_048, TracingConfig: { Mode: 'Active' } });
  });

  it('sends routes to their function, HEAD with GET, without an authorizer', () => {
    const found = Object.values(template.findResources('AWS::ApiGatewayV2::Route')).map((route) => route['Properties']);
    const things = found.filter((route) => route.RouteKey.includes('/things'));
    expect(things.map((route) => route.RouteKey).sort()).toEqual(['GET /things/{id}', 'HEAD /things/{id}', 'POST /things']);
    expect(new Set(things.map((route) => JSON.stringify(route.Target))).size).toBe(1);
    expect(found.every((route) => route.AuthorizationType === undefined || route.AuthorizationType === 'NONE')).toBe(true);
  });
});

describe('Api with an HTTP API of the user', () => {
  it('adds its routes there and makes no API of its own', () => {
    const { built, template } = synth((stack) => new Api(stack, 'Api', { httpApi: new HttpApi(stack, 'Mine') }));
    template.resourceCountIs('AWS::ApiGatewayV2::Api', 1);
    template.resourceCountIs('AWS::ApiGatewayV2::Stage', 1);
    expect([built.httpStage, built.accessLog]).toEqual([undefined, undefined]);
    expect(built.httpApi.node.id).toBe('Mine');
  });
});
