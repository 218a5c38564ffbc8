import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { CfnRoute, HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { defineRoutes } from '../../../contracts/route.ts';
import { Api } from '../../../lib/api/api.ts';
import { actionsOf, emptyStack, synth } from '../../support/synth.ts';

const routes = defineRoutes({
  readThing: { method: 'GET', path: '/things/{id}', access: 'anyone', summary: 'Reads', status: 200, errors: [] },
  makeThing: { method: 'POST', path: '/things', access: 'signedIn', summary: 'Makes', status: 201, errors: [], body: 'required' },
});

const aFunction = (scope: Stack, id = 'Target'): LambdaFunction =>
  new LambdaFunction(scope, id, { code: Code.fromInline('x'), handler: 'index.handler', runtime: Runtime.NODEJS_24_X });
const routeKeys = (template: Template): readonly string[] =>
  Object.values(template.findResources('AWS::ApiGatewayV2::Route'))
    .map((route) => String(route['Properties'].RouteKey))
    .sort();

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
    expect(routeKeys(template)).toEqual(['$default', 'GET /openapi.json', 'HEAD /openapi.json']);
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
    api.addRoutes('Things', routes, aFunction(stack));
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

  it('leaves it the answer to unknown routes that it has, and refuses a route that is there already', () => {
    const withRoute = (routeKey: string) =>
      synth((stack) => {
        const httpApi = new HttpApi(stack, 'Mine');
        new CfnRoute(stack, 'MyRoute', { apiId: httpApi.apiId, routeKey });
        return new Api(stack, 'Api', { httpApi });
      });
    expect(routeKeys(withRoute('$default').template)).toEqual(['$default', 'GET /openapi.json', 'HEAD /openapi.json']);
    const refusal = /the HTTP API has the route GET \/openapi\.json twice, as Test\/MyRoute and Test\/Api\/Route-\w+: leave one out/;
    expect(() => withRoute('GET /openapi.json')).toThrow(refusal);
  });
});

describe('addRoutes', () => {
  const stackOfRoutes = (scope: Stack) => Object.keys(Template.fromStack(scope).findResources('AWS::ApiGatewayV2::Route')).length;

  it('makes the routes to a function of another stack there, so that neither stack needs the other in a circle', () => {
    const first = emptyStack();
    const second = new Stack(first.node.scope, 'Second');
    const api = new Api(first, 'Api');
    const target = aFunction(second);
    target.addEnvironment('API', api.url);
    api.addRoutes('Things', routes, target);
    expect([stackOfRoutes(first), stackOfRoutes(second)]).toEqual([3, 3]);
    expect(second.dependencies).toEqual([first]);
    Template.fromStack(second).hasResourceProperties('AWS::Lambda::Permission', { Principal: 'apigateway.amazonaws.com' });
    const [operation] = Object.keys(Template.fromStack(first).findResources('AWS::ApiGatewayV2::Integration'));
    expect(operation).toMatch(/Fallback/);
  });

  it('takes two functions of one name', () => {
    const { template } = synth((stack) => {
      const api = new Api(stack, 'Api');
      for (const name of ['a', 'b']) {
        const route = { method: 'GET', path: `/${name}`, access: 'anyone', summary: name, status: 200, errors: [] } as const;
        api.addRoutes('Same', { same: route }, aFunction(stack, name));
      }
      return api;
    });
    expect(routeKeys(template)).toEqual(expect.arrayContaining(['GET /a', 'GET /b', 'HEAD /a', 'HEAD /b']));
  });

  it('refuses a feature that the API has already', () => {
    const stack = emptyStack();
    const api = new Api(stack, 'Api');
    api.addRoutes('Things', routes, aFunction(stack));
    expect(() => api.addRoutes('Things', routes, aFunction(stack, 'Other'))).toThrow(
      /the API has the route GET \/things\/\{id\} already.*or an Api of its own/,
    );
  });
});
