import { type Run, runFunctions } from './run-functions.ts';

const handler = (body: string): string => `exports.handler = ${body};`;

const functions = {
  echo: { code: handler('async (event) => ({ event })') },
  callback: { code: handler('(event, context, callback) => setTimeout(() => callback(null, { got: event.n }), 5)') },
  callbackError: { code: handler("(event, context, callback) => callback(new RangeError('no'))") },
  callback24: { code: handler('(event, context, callback) => callback(null, 1)'), Runtime: 'nodejs24.x' },
  throwsText: { code: handler("async () => { throw 'a text'; }") },
  throwsNull: { code: handler('async () => { throw null; }') },
  throwsCycle: { code: handler("async () => { const e = new Error('top'); e.cause = e; throw e; }") },
  cycle: { code: handler('async () => { const a = {}; a.a = a; return a; }') },
  bigint: { code: handler('async () => 1n') },
  nothing: { code: handler('async () => undefined') },
  symbol: { code: handler("async () => Symbol('x')") },
  large: { code: handler("async () => 'x'.repeat(7_000_000)") },
  context: {
    code: handler(
      'async (event, context) => ({ ...context, remaining: context.getRemainingTimeInMillis(), isFunction: typeof context.getRemainingTimeInMillis })',
    ),
    MemorySize: 256,
    Timeout: 7,
  },
  environment: { code: handler('async () => ({ ...process.env })'), Environment: { Variables: { TABLE: 'notes', AWS_REGION: 'mine' } } },
  missing: { code: 'exports.other = 1;' },
  syntax: { code: 'const const = 1;' },
  needs: { code: "require('no-such-package'); exports.handler = async () => 1;" },
  ruby: { code: '', Runtime: 'ruby3.4' },
};

describe('a function', () => {
  let run: Run;
  beforeAll(async () => {
    run = await runFunctions(functions, { context: { environment: { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:2' } } });
  });
  afterAll(() => run.service.dispose());

  it.each([
    ['throwsText', { errorType: 'string', errorMessage: 'a text' }],
    ['throwsNull', { errorType: 'object', errorMessage: 'null' }],
    ['throwsCycle', { errorType: 'Error', errorMessage: 'top' }],
    ['callbackError', { errorType: 'RangeError', errorMessage: 'no' }],
    ['callback24', { errorType: 'Runtime.CallbackHandlerDeprecated' }],
    ['cycle', { errorMessage: 'Unable to stringify response body' }],
    ['bigint', { errorMessage: 'Unable to stringify response body' }],
    ['large', { errorType: 'Function.ResponseSizeTooLarge' }],
    ['missing', { errorType: 'Runtime.HandlerNotFound' }],
    ['syntax', { errorType: 'Runtime.UserCodeSyntaxError' }],
    ['needs', { errorType: 'Runtime.ImportModuleError' }],
    ['ruby', { errorMessage: expect.stringContaining('the runtime ruby3.4 does not run locally') }],
  ])('fails as on AWS: %s', async (name, document) => {
    expect(await run.invoke(name)).toEqual({ functionError: 'Unhandled', payload: expect.objectContaining(document) });
    expect(await run.invoke(name)).toMatchObject({ functionError: 'Unhandled' });
  });

  it.each([
    ['echo', { a: [1, undefined], skipped: undefined }, { event: { a: [1, null] } }],
    ['callback', { n: 3 }, { got: 3 }],
    ['nothing', {}, null],
    ['symbol', {}, null],
  ])('answers JSON: %s', async (name, event, payload) => {
    expect(await run.invoke(name, event)).toEqual({ payload });
  });

  it('tells its context', async () => {
    const { payload } = await run.invoke('context');
    expect(payload).toMatchObject({
      functionName: 'context',
      functionVersion: '$LATEST',
      invokedFunctionArn: run.arn('context'),
      memoryLimitInMB: '256',
      logGroupName: '/aws/lambda/context',
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      isFunction: 'function',
    });
    expect((payload as { remaining: number }).remaining).toBeGreaterThan(6_000);
  });

  it("has AWS's variables, the run's and its own, and nothing of this machine", async () => {
    const payload = (await run.invoke('environment')).payload as Record<string, string>;
    expect(payload).toMatchObject({
      AWS_REGION: 'eu-central-1',
      AWS_LAMBDA_FUNCTION_NAME: 'environment',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x',
      _HANDLER: 'index.handler',
      AWS_ACCESS_KEY_ID: 'key of arn:aws:iam::123456789012:role/environment-role',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:2',
      TABLE: 'notes',
    });
    expect(payload['HOME']).toBeUndefined();
    expect(payload['JEST_WORKER_ID']).toBeUndefined();
  });
});
