import { type Run, resource, runFunctions } from './run-functions.ts';

describe('the Invoke API', () => {
  let run: Run;
  beforeAll(async () => {
    run = await runFunctions(
      {
        echo: { code: 'exports.handler = async (event) => event;' },
        fails: { code: "exports.handler = async () => { throw new Error('no'); };" },
      },
      { resources: [resource('AWS::Lambda::Alias', 'Live', { FunctionName: 'echo', Name: 'live', FunctionVersion: '1' })] },
    );
  });
  afterAll(() => run.service.dispose());

  it.each([
    ['no function', 'nobody', '{}', { code: 'ResourceNotFoundException', status: 404 }],
    ['a name of Object.prototype', '__proto__', '{}', { code: 'ResourceNotFoundException' }],
    ['no such qualifier', 'echo:dead', '{}', { code: 'ResourceNotFoundException' }],
    ['no JSON', 'echo', '{', { code: 'InvalidRequestContentException' }],
  ])('refuses %s', async (_, name, body, error) => {
    await expect(run.post(name, body)).rejects.toMatchObject(error);
  });

  it('asks whether the caller may invoke the function, before it runs', async () => {
    const asked: string[][] = [];
    const denied = run.service.handle({
      method: 'POST',
      path: '/2015-03-31/functions/echo/invocations',
      query: new URLSearchParams(),
      headers: {},
      body: Buffer.from('{}'),
      operation: '',
      principal: undefined,
      authorize: (action, arn) => {
        asked.push([action, arn]);
        throw new Error('denied');
      },
    });
    await expect(denied).rejects.toThrow('denied');
    expect(asked).toEqual([['lambda:InvokeFunction', run.arn('echo')]]);
  });

  it.each([
    'echo',
    'echo:live',
    'echo:$LATEST',
    'arn:aws:lambda:eu-central-1:123456789012:function:echo',
    'arn:aws:lambda:eu-central-1:123456789012:function:echo:live',
    '123456789012:function:echo',
  ])('finds a function as %s', async (name) => {
    expect(await run.post(name, '{"a":1}')).toMatchObject({
      status: 200,
      body: '{"a":1}',
      headers: { 'x-amz-executed-version': '$LATEST' },
    });
  });

  it('tells a failed function in a header', async () => {
    const answer = await run.post('fails', '{}');
    expect(answer).toMatchObject({ status: 200, headers: { 'x-amz-function-error': 'Unhandled' } });
    expect(JSON.parse(String(answer.body))).toMatchObject({ errorType: 'Error', errorMessage: 'no', trace: expect.any(Array) });
  });

  it('checks a dry run only', async () => {
    expect(await run.post('fails', '{}', { 'x-amz-invocation-type': 'DryRun' })).toMatchObject({ status: 204 });
  });
});
