import { runFunctions } from '../lambda/run-functions.ts';
import { runApi } from './run-api.ts';

describe('an HTTP API in front of a function', () => {
  it('carries a request to the worker and its answer back', async () => {
    const code = `exports.handler = async (event, context) => {
      if (event.rawPath === '/throw') throw new Error(process.env.SECRET);
      return { statusCode: 201, cookies: ['a=1'], headers: { 'x-request': event.requestContext.requestId }, body: event.body + context.functionName };
    };`;
    const functions = await runFunctions({ handler: { code, Environment: { Variables: { SECRET: 'hidden' } } } });
    const api = await runApi({ routes: { $default: {} }, invoke: (arn, event) => functions.service.invoke(arn, event) });
    const answer = await api.fetch('/notes', { method: 'POST', body: 'hello ', headers: { 'content-type': 'text/plain' } });
    expect([answer.status, await answer.text(), answer.headers.getSetCookie()]).toEqual([201, 'hello handler', ['a=1']]);
    expect(answer.headers.get('x-request')).toBe(answer.headers.get('apigw-requestid'));
    const failed = await api.fetch('/throw');
    expect([failed.status, await failed.text()]).toEqual([500, '{"message":"Internal Server Error"}']);
    const large = await api.fetch('/', { method: 'POST', body: 'x'.repeat(7 * 1_048_576), headers: { 'content-type': 'text/plain' } });
    expect([large.status, await large.json()]).toEqual([413, { message: 'Request Entity Too Large' }]);
    await api.dispose();
    await functions.service.dispose();
  });
});

describe('an access log', () => {
  it("is written in the stage's format, whatever the values hold", async () => {
    const debug: string[] = [];
    const silent = (): void => {};
    const Format =
      '{"id":"$context.requestId","route":"$context.routeKey","agent":"$context.identity.userAgent","status":$context.status,"none":"$context.nothing"}';
    const api = await runApi({
      routes: { 'GET /': {} },
      stage: { AccessLogSettings: { Format } },
      context: { log: { info: silent, warn: silent, error: silent, debug: (_, line) => void debug.push(line) } },
    });
    await api.fetch('/', { headers: { 'user-agent': 'a","status":999,"x":"' } });
    expect(JSON.parse(debug[0] ?? '')).toMatchObject({ route: 'GET /', agent: 'a","status":999,"x":"', status: 200, none: '-' });
    await api.dispose();
  });
});
