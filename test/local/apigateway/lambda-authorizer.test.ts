import type { InvokeResult } from '../../../local/services/service.ts';
import { functionArn, type ProxyEvent, type RunningApi, runApi } from './run-api.ts';

interface Setting {
  readonly api: RunningApi;
  readonly asked: (ProxyEvent & { readonly routeArn: string; readonly identitySource: string[]; readonly type: string })[];
  readonly ask: (authorization: string | undefined, path?: string) => Promise<Response>;
}

async function setUp(answer: unknown, authorizer: Record<string, unknown> = {}): Promise<Setting> {
  const asked: Setting['asked'] = [];
  const invoke = async (arn: string, event: unknown): Promise<InvokeResult> => {
    if (arn !== functionArn('authorizer')) return { payload: event };
    asked.push(event as Setting['asked'][number]);
    if (answer === 'throws') return { payload: { errorMessage: 'Unauthorized' }, functionError: 'Unhandled' };
    return { payload: typeof answer === 'function' ? answer(event) : answer };
  };
  const api = await runApi({
    routes: { 'GET /a': { authorizer: 'Own' }, 'GET /b/{id}': { authorizer: 'Own' } },
    authorizers: {
      Own: {
        AuthorizerType: 'REQUEST',
        AuthorizerUri: `arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/${functionArn('authorizer')}/invocations`,
        AuthorizerPayloadFormatVersion: '2.0',
        EnableSimpleResponses: true,
        IdentitySource: ['$request.header.Authorization'],
        ...authorizer,
      },
    },
    invoke,
  });
  const ask = (authorization: string | undefined, path = '/a'): Promise<Response> =>
    api.fetch(path, { headers: authorization === undefined ? {} : { authorization } });
  return { api, asked, ask };
}

const policy = (Effect: string, Resource: unknown, extra = {}) => ({
  principalId: 'user',
  policyDocument: { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect, Resource, ...extra }] },
  context: { tenant: 't1' },
});
const iam = { EnableSimpleResponses: false };

describe('a Lambda authorizer', () => {
  it.each<[string, unknown, Record<string, unknown>, string | undefined, number, string]>([
    ['without its identity source', { isAuthorized: true }, {}, undefined, 401, 'Unauthorized'],
    ['that says no', { isAuthorized: false }, {}, 'x', 403, 'Forbidden'],
    ['that fails', 'throws', {}, 'x', 500, 'Internal Server Error'],
    ['that returns nothing', null, {}, 'x', 500, 'Internal Server Error'],
    ['that says no boolean', { isAuthorized: 'true' }, {}, 'x', 500, 'Internal Server Error'],
    ['that says yes where a policy is wanted', { isAuthorized: true }, iam, 'x', 500, 'Internal Server Error'],
    ['whose policy denies', policy('Deny', '*'), iam, 'x', 403, 'Forbidden'],
    ['whose policy allows another route', policy('Allow', 'arn:aws:execute-api:*:*:*/*/GET/other'), iam, 'x', 403, 'Forbidden'],
    ['whose policy has a condition', policy('Allow', '*', { Condition: { Bool: { 'aws:x': 'true' } } }), iam, 'x', 403, 'Forbidden'],
  ])('refuses: one %s', async (_, answer, authorizer, authorization, status, message) => {
    const { api, ask } = await setUp(answer, authorizer);
    const response = await ask(authorization);
    expect([response.status, await response.json()]).toEqual([status, { message }]);
    expect(api.events).toEqual([]);
    await api.dispose();
  });

  it('is asked with the request, and its context goes to the function', async () => {
    const { api, asked, ask } = await setUp({ isAuthorized: true, context: { tenant: 't1', n: 1 } });
    const event = (await (await ask('secret', '/b/7?q=1')).json()) as ProxyEvent;
    expect(event.requestContext.authorizer).toEqual({ lambda: { tenant: 't1', n: 1 } });
    expect(asked[0]).toMatchObject({
      version: '2.0',
      type: 'REQUEST',
      identitySource: ['secret'],
      routeArn: expect.stringMatching(/^arn:aws:execute-api:eu-central-1:123456789012:\w+\/\$default\/GET\/b\/7$/),
      pathParameters: { id: '7' },
      queryStringParameters: { q: '1' },
    });
    expect(asked[0]).not.toHaveProperty('body');
    await api.dispose();
  });

  it('may answer with a policy', async () => {
    const { api, ask } = await setUp((event: { routeArn: string }) => policy('Allow', event.routeArn), iam);
    const event = (await (await ask('x')).json()) as ProxyEvent;
    expect(event.requestContext.authorizer).toEqual({ lambda: { principalId: 'user', tenant: 't1' } });
    await api.dispose();
  });

  it('is asked once for an identity while its answer is cached', async () => {
    const { api, asked, ask } = await setUp({ isAuthorized: true }, { AuthorizerResultTtlInSeconds: 60 });
    for (const [authorization, path] of [
      ['one', '/a'],
      ['one', '/b/1'],
      ['two', '/a'],
    ]) {
      await ask(authorization, path);
    }
    expect(asked.map(({ identitySource }) => identitySource)).toEqual([['one'], ['two']]);
    api.context.clock.advance(61_000);
    await ask('one');
    expect(asked).toHaveLength(3);
    await api.dispose();
  });

  it('checks a cached policy against each route', async () => {
    const answer = policy('Allow', 'arn:aws:execute-api:*:*:*/*/GET/a');
    const { api, asked, ask } = await setUp(answer, { ...iam, AuthorizerResultTtlInSeconds: 60 });
    expect((await ask('x', '/a')).status).toBe(200);
    expect((await ask('x', '/b/1')).status).toBe(403);
    expect(asked).toHaveLength(1);
    await api.dispose();
  });
});

describe('IAM authorization', () => {
  it('refuses everything, as local mode has none', async () => {
    const api = await runApi({ routes: { 'GET /': { AuthorizationType: 'AWS_IAM' } } });
    expect((await api.fetch('/')).status).toBe(403);
    await api.dispose();
  });
});
