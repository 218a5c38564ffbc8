import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { z } from 'zod';
import type { BackendDefinition } from '../../../contracts/backend.ts';
import type { CallAccess, FunctionOptions } from '../../../contracts/functions.ts';
import { Api } from '../../../lib/api/api.ts';
import { Auth } from '../../../lib/auth/auth.ts';
import { Backend } from '../../../lib/backend.ts';
import { Functions } from '../../../lib/functions/functions.ts';
import {
  before,
  call,
  created,
  event,
  fn,
  folder,
  http,
  model,
  queue,
  schedule,
  updated,
  uploaded,
  use,
  user,
} from '../../../lib/index.ts';
import { actionsOf, emptyStack, statementsOf, synth } from '../../support/synth.ts';

const entry = 'test/functions/code/clock.ts';
const python = { entry: 'test/functions/code/python/report.py' };
const Note = model({ fields: { text: z.string() }, indexes: { byText: ['text', 'createdAt'] }, access: (allow) => [allow.owner()] });
const Audit = model({ fields: { text: z.string() }, access: (allow) => [allow.owner()] });
const signedIn: { readonly access: CallAccess } = { access: (allow) => [allow.signedIn()] };
const quote = () => call('quote', { ...signedIn, input: z.object({}), output: z.object({}) });
const folders = { avatars: folder('avatars/{owner}', { types: ['image/png'], access: (allow) => [allow.owner()] }) };

const build = (functions: Readonly<Record<string, FunctionOptions>>, more: BackendDefinition = {}) =>
  synth(
    (stack) =>
      new Backend(stack, 'Backend', {
        auth: { groups: ['editors'] },
        data: { models: { Note, Audit } },
        ...more,
        functions: Object.fromEntries(Object.entries(functions).map(([name, options]) => [name, fn(options)])),
      }),
  );
const one = (options: Partial<FunctionOptions>, more?: BackendDefinition) => build({ work: { entry, on: [quote()], ...options } }, more);

/** What the role of the function `work` may do beside its log, by resource. */
const grantsOf = ({ template }: ReturnType<typeof one>) =>
  statementsOf(template).filter(({ policy, Action }) => /Functionswork/.test(policy) && !JSON.stringify(Action).includes('logs:'));

describe('Functions: what is refused', () => {
  const message = z.object({ id: z.int() });

  it.each<[string, Partial<FunctionOptions>, RegExp]>([
    [
      'an entry that is not there',
      { entry: 'functions/none.ts' },
      /functions\.work\.entry is "functions\/none\.ts", but there is no such file/,
    ],
    ['an entry of another kind', { entry: 'README.md' }, /use a \.ts, \.js, \.mjs or \.py file/],
    ['a folder without a bootstrap', { entry: 'test', runtime: 'provided', on: [created('Note')] }, /executable file `bootstrap`/],
    [
      'an entry without a handler',
      { entry: 'contracts/filter.ts' },
      /contracts\/filter\.ts exports no `handler`, so that nothing would run/,
    ],
    ['an entry without exports', { entry: 'local/services/lambda/process-reaper.ts' }, /process-reaper\.ts exports no `handler`/],
    ['no trigger', { on: [] }, /on is empty/],
    ['a time that no request waits', { timeoutSeconds: 30 }, /timeoutSeconds is 30: use a whole number from 1 to 29/],
    ['a run that Lambda does not take', { on: [created('Note')], timeoutSeconds: 901 }, /from 1 to 900/],
    ['a hook for which no write waits', { on: [before.create('Note')], timeoutSeconds: 6 }, /from 1 to 5/],
    ['too little memory', { memoryMb: 64 }, /memoryMb is 64: use a whole number from 128 to 10240/],
    [
      'an unknown model',
      { access: [use.data('Nota', 'read')] },
      /access\[0\] names the model "Nota", which is not there: use one of Note, Audit/,
    ],
    ['no operation', { access: [use.data('Note')] }, /allows nothing/],
    ['an unknown folder', { access: [use.files('avatars', 'read')] }, /names the folder "avatars"/],
    ['uploads to an unknown folder', { on: [uploaded('photos/')] }, /has uploaded\("photos"\), which is no folder: use one of /],
    [
      'an option that is not there',
      { timeout: 3 } as object,
      /functions\.work has timeout, which is no option: use entry, on, .*timeoutSeconds/,
    ],
    ['push that is not there', { access: [use.push] }, /the definition has no push/],
    ['an unknown queue', { access: [use.queue('work')] }, /names the function with a queue "work"/],
    ['an unknown event type to tell of', { access: [use.events('order.shipped')] }, /"order\.shipped" is no event type/],
    ['an event that never happens', { on: [event('order.shipped')] }, /"order\.shipped", which never happens/],
    ['a hook of no model', { on: [before.create('Nota')] }, /"Nota", which is no model/],
    ['a hook beside other triggers', { on: [before.create('Note'), quote()] }, /has hooks beside other triggers/],
    ['a secret without a name', { secrets: { key: '' } }, /secrets\.key is empty/],
    ['a variable of ours', { env: { DATA_NOTE_TABLE_NAME: 'x' } }, /env has "DATA_NOTE_TABLE_NAME"/],
    ['a variable of Lambda', { env: { AWS_REGION: 'x' } }, /env has "AWS_REGION"/],
    [
      'an undeclared group',
      { on: [http('GET /a', { access: (allow) => [allow.group('staff')] })] },
      /names the group "staff", which is not declared/,
    ],
    ['a rule on records', { on: [http('GET /a', { access: (allow) => [allow.signedIn().when({ a: 1 })] })] }, /\.to\(\) or \.when\(\)/],
    ['a path of ours', { on: [http('GET /data/Note', signedIn)] }, /begins with \/data, which belongs to the API itself/],
    ['a path that is none', { on: [http('GET /a//b', signedIn)] }, /use segments of letters/],
    ['a variable twice', { on: [http('GET /a/{id}/{id}', signedIn)] }, /the same variable twice/],
    ['a GET with a body', { on: [http('GET /a', { ...signedIn, input: z.object({}) })] }, /is a GET with a body/],
    ['an input that is no object', { on: [http('POST /a', { ...signedIn, input: z.string() })] }, /input is no object/],
    [
      'a name of JavaScript’s own',
      { on: [call('toString', { ...signedIn, input: z.object({}), output: z.object({}) })] },
      /call\("toString"\)/,
    ],
    ['a batch without a window', { on: [queue({ message, batch: 11 })] }, /set windowSeconds to 1 or more/],
    ['a batch that is too large', { on: [queue({ message, batch: 1_001, windowSeconds: 1 })] }, /from 1 to 1000/],
    ['a batch that is too large for Python', { ...python, on: [queue({ message, batch: 26, windowSeconds: 1 })] }, /from 1 to 25/],
    ['two queues', { on: [queue({ message }), queue({ message })] }, /has two queues/],
    ['a word for a schedule', { on: [schedule('daily')] }, /is "daily": write rate\(5 minutes\), or cron/],
    ['a rate in the wrong number', { on: [schedule('rate(1 minutes)')] }, /write minute/],
    ['a rate of nothing', { on: [schedule('rate(0 minutes)')] }, /write rate/],
    ['a cron expression of five fields', { on: [schedule('cron(0 3 * * *)')] }, /with 5 fields: write six/],
    ['two days in a cron expression', { on: [schedule('cron(0 3 * * * *)')] }, /must be "\?"/],
    ['an hour that there is not', { on: [schedule('cron(0 24 * * ? *)')] }, /"24" is no value for the hours/],
    ['a time zone that there is not', { on: [schedule('rate(1 day)', { timeZone: 'Europe/Bielefeld' })] }, /time zone "Europe\/Bielefeld"/],
    [
      'Python for longer than what waits for it',
      { ...python, timeoutSeconds: 28 },
      /timeoutSeconds is 28: use a whole number from 1 to 27/,
    ],
    ['a secret’s value in the place of its name', { secrets: { key: 'a secret of mine' } }, /secrets\.key is no name of a secret/],
    ['Python without a handler', { entry: 'test/functions/code/python/totals.py' }, /which has no `handler`, so that nothing would run/],
    ['a condition that nothing meets', { on: [created('Note', { when: { text: 3 } })] }, /compares with 3, but the field holds a text/],
  ])('%s', (_, options, text) => {
    expect(() => one(options)).toThrow(text);
  });

  it.each<[string, object, RegExp]>([
    ['an option in the place of a function', { entry, on: [quote()] }, /functions\.work is no function: write fn\(/],
    ['no entry', fn({ on: [quote()] } as never), /functions\.work has no entry/],
    ['no list of triggers', fn({ entry } as never), /functions\.work\.on is no list/],
    ['a misspelled trigger', fn({ entry, on: [(user as never)['confirmd']] } as never), /functions\.work\.on\[0\] is no trigger/],
    [
      'a call without an output',
      fn({ entry, on: [call('quote', { ...signedIn, input: z.object({}) } as never)] }),
      /is a call without output/,
    ],
    ['a queue of nothing', fn({ entry, on: [queue({} as never)] }), /is a queue without message/],
    ['rules that are no function', fn({ entry, on: [http('GET /a', { access: [] } as never)] }), /on\[0\]\.access is no function/],
    ['an event of no type', fn({ entry, on: [(event as unknown as () => never)()] }), /is an event\(\) of no type/],
    [
      'an unknown runtime',
      fn({ entry, on: [quote()], runtime: 'nodejs' as never }),
      /runtime is "nodejs": use one of node, python, provided/,
    ],
    ['a variable that is no text', fn({ entry, on: [quote()], env: { A: 3 } as never }), /env\.A is 3, which is no text/],
    ['secrets in a list', fn({ entry, on: [quote()], secrets: ['a'] as never }), /secrets is no object/],
  ])('%s, where no compiler has looked', (_, work, text) => {
    expect(() => synth((stack) => new Backend(stack, 'Backend', { data: { models: { Note } }, functions: { work } as never }))).toThrow(
      text,
    );
  });

  it('a module of Python that has the name of ours', () => {
    expect(() => one({ entry: 'lambdas/functions/python/plinth.py' })).toThrow(
      /lies beside plinth\.py, which is the name of a module of ours/,
    );
  });

  it('the same call, route or hook of two functions', () => {
    const hook = { entry, on: [before.create('Note')] };
    expect(() => build({ a: { entry, on: [quote()] }, b: { entry, on: [quote()] } })).toThrow(
      /functions\.b has POST \/functions\/quote, which functions\.a has/,
    );
    expect(() => build({ a: hook, b: hook })).toThrow(/functions\.b has before\.create\('Note'\), which functions\.a has/);
    const routes = [http('GET /a/{id}', signedIn), http('GET /a/{name}', signedIn)];
    expect(() => one({ on: routes })).toThrow(/GET \/a\/\{id\} already/);
  });

  it('a name that is none', () => {
    expect(() => build({ 'my-work': { entry, on: [quote()] } })).toThrow(/functions\.my-work has a name that is not allowed/);
  });

  it('triggers that need events, without Events', () => {
    const stack = emptyStack();
    const api = new Api(stack, 'Api');
    const auth = new Auth(stack, 'Auth', { api });
    expect(() => new Functions(stack, 'F', { api, auth, functions: { work: fn({ entry, on: [schedule('rate(1 day)')] }) } })).toThrow(
      /give `events`/,
    );
  });
});

describe('The role of a function', () => {
  it('may do nothing but write its log by default', () => {
    expect(grantsOf(one({}))).toEqual([]);
  });

  it('may do on the named models what is named, and nothing on others', () => {
    const reading = grantsOf(one({ access: [use.data('Note', 'read')] }));
    const actions = reading.flatMap(({ Action }) => Action);
    expect(actions).toEqual(expect.arrayContaining(['dynamodb:GetItem', 'dynamodb:Query']));
    expect(actions).not.toEqual(expect.arrayContaining(['dynamodb:UpdateItem']));
    expect(actions).not.toEqual(expect.arrayContaining(['dynamodb:DeleteItem']));
    expect(JSON.stringify(reading)).toContain('/index/byText');
    expect(JSON.stringify(reading)).not.toContain('AuditTable');
    const deleting = grantsOf(one({ access: [use.data('Audit', 'delete')] }));
    expect(JSON.stringify(deleting)).toMatch(/DeleteItem.*AuditTable/);
    expect(JSON.stringify(deleting)).not.toContain('NoteTable');
  });

  it('may read its secrets only', () => {
    const [statement, ...more] = grantsOf(one({ secrets: { stripe: 'shop/stripe' } }));
    expect(more).toEqual([]);
    expect(statement?.Action).toBe('secretsmanager:GetSecretValue');
    expect(JSON.stringify(statement?.Resource)).toContain(':secret:shop/stripe-??????');
  });

  it('may tell of the named events only, and fill the named queues only', () => {
    const message = z.object({ id: z.int() });
    const built = build(
      {
        work: { entry, on: [quote()], access: [use.events('order.shipped'), use.queue('other')] },
        other: { entry, on: [queue({ message })] },
        third: { entry, on: [queue({ message })] },
      },
      { events: { types: { 'order.shipped': z.object({}), 'order.cancelled': z.object({}) } } },
    );
    const statements = grantsOf(built);
    expect(statements.flatMap(({ Action }) => Action).sort()).toEqual(['events:PutEvents', 'sqs:SendMessage']);
    expect(JSON.stringify(statements)).toMatch(/other.*Messages/);
    expect(JSON.stringify(statements)).not.toMatch(/third/);
    expect(JSON.stringify(statements)).toContain('order.shipped');
  });

  it.each([
    ['Python', python],
    ['a program', { entry: 'test/functions/code/program', runtime: 'provided' } as const],
  ])('may in %s run its door, which may do what is named; its front may run it, and work off its queues', (_, code) => {
    const built = build(
      {
        work: {
          ...code,
          on: [quote(), schedule('rate(1 day)')],
          access: [use.data('Note', 'read'), use.files('avatars', 'read'), use.events('order.shipped'), use.queue('other')],
          secrets: { key: 'a/key' },
        },
        other: { entry, on: [queue({ message: z.object({}) })] },
      },
      { files: { folders }, events: { types: { 'order.shipped': z.object({}) } } },
    );
    const statements = grantsOf(built);
    const of = (part: string) => statements.filter(({ policy }) => policy.startsWith(`BackendFunctionswork${part}Role`));
    const invoke = (part: string) => ({
      Action: 'lambda:InvokeFunction',
      Resource: { 'Fn::GetAtt': [expect.stringMatching(`^BackendFunctionswork${part}(Function)?[0-9A-F]+$`), 'Arn'] },
    });
    const before = of('Front');
    expect(before).toContainEqual(expect.objectContaining(invoke('Function')));
    expect([...new Set(before.flatMap(({ Action }) => Action))].sort()).toEqual([
      ...['dynamodb:DeleteItem', 'dynamodb:UpdateItem', 'lambda:InvokeFunction'],
      ...['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
    ]);
    const own = of('Function');
    expect(own).toContainEqual(expect.objectContaining(invoke('Door')));
    expect([...new Set(own.flatMap(({ Action }) => Action))].sort()).toEqual([
      ...['lambda:InvokeFunction', 'secretsmanager:GetSecretValue', 'sqs:SendMessage'],
    ]);
    const behind = of('Door').flatMap(({ Action }) => Action);
    expect(behind).toEqual(expect.arrayContaining(['dynamodb:Query', 'events:PutEvents']));
    expect(behind.filter((action) => /^(sqs|lambda):|UpdateItem/.test(action))).toEqual([]);
    expect(JSON.stringify(of('Door'))).not.toContain('a/key');
  });

  it('may take from its queues and remember what it has handled', () => {
    expect(actionsOf(one({ on: [created('Note')] }).template, 'Functionswork')).toEqual([
      ...['dynamodb:DeleteItem', 'dynamodb:UpdateItem', 'logs:CreateLogStream', 'logs:PutLogEvents'],
      ...['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
    ]);
  });
});

describe('What is made for functions', () => {
  it('is a function of the size and time that are asked for', () => {
    one({ timeoutSeconds: 20, memoryMb: 2_048 }).template.hasResourceProperties('AWS::Lambda::Function', {
      Description: 'The function work',
      Timeout: 20,
      MemorySize: 2_048,
      Runtime: 'nodejs24.x',
    });
  });

  it('has explicit routes on the API, and no other', () => {
    const { template } = one({ on: [quote(), http('GET /quotes/{id}', signedIn)] });
    for (const RouteKey of ['POST /functions/quote', 'GET /quotes/{id}', 'HEAD /quotes/{id}']) {
      template.hasResourceProperties('AWS::ApiGatewayV2::Route', { RouteKey });
    }
    expect(JSON.stringify(template.findResources('AWS::ApiGatewayV2::Route'))).not.toMatch(/functions\/\{/);
  });

  it('FI15 is a queue whose messages stay hidden for six times as long as the function may run, with dead letters after five tries', () => {
    const { template } = one({ on: [queue({ message: z.object({}), batch: 20, windowSeconds: 2 })], timeoutSeconds: 60 });
    template.hasResourceProperties('AWS::SQS::Queue', { VisibilityTimeout: 360, RedrivePolicy: Match.objectLike({ maxReceiveCount: 5 }) });
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 20,
      MaximumBatchingWindowInSeconds: 2,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });

  it('is one queue for all events without a condition, and one for each with', () => {
    const on = [created('Note'), updated('Note'), user.confirmed, created('Audit', { when: { text: 'a' } }), uploaded('avatars/')];
    const { template } = one({ on }, { files: { folders } });
    const patterns = Object.values(template.findResources('AWS::Events::Rule')).map(({ Properties }) => Properties.EventPattern);
    expect(patterns.map((pattern) => pattern['detail-type'] ?? pattern.$or)).toEqual(
      expect.arrayContaining([['Note.created', 'Note.updated', 'user.confirmed'], ['Audit.created'], ['file.ready']]),
    );
    expect(JSON.stringify(patterns)).toContain('{"data":{"folder":["avatars"]}}');
  });

  it('is a schedule that puts its time into a queue, and may do nothing else', () => {
    const { template } = one({ on: [schedule('cron(30 3 ? * MON-FRI *)', { timeZone: 'Europe/Berlin' })] });
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'cron(30 3 ? * MON-FRI *)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: Match.objectLike({ Input: Match.stringLikeRegexp('aws.scheduler.scheduled-time') }),
    });
    expect(actionsOf(template, 'FunctionsworkSchedules')).toEqual(['sqs:SendMessage']);
  });

  it('is Python, or a program with a bootstrap, as it is', () => {
    const { template } = build({
      report: { entry: 'test/functions/code/python/report.py', on: [schedule('rate(1 day)')] },
      program: { entry: 'test/functions/code/program', runtime: 'provided', on: [created('Note')] },
    });
    template.hasResourceProperties('AWS::Lambda::Function', { Runtime: 'python3.13', Handler: 'plinth_function.handler' });
    template.hasResourceProperties('AWS::Lambda::Function', { Runtime: 'provided.al2023', Handler: 'bootstrap' });
  });

  it('is for a call in Python a front that waits for it, and knows none of its variables and secrets', () => {
    const { template } = one({ ...python, env: { GREETING: 'hello' }, secrets: { key: 'a/key' }, timeoutSeconds: 27, memoryMb: 2_048 });
    template.hasResourceProperties('AWS::Lambda::Function', { Runtime: 'python3.13', Timeout: 27, MemorySize: 2_048 });
    const fronts = template.findResources('AWS::Lambda::Function', { Properties: { Description: 'Answers for the function work' } });
    const [{ Properties } = { Properties: {} }] = Object.values(fronts);
    expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Timeout: 29, MemorySize: 256 });
    expect(Object.keys(Properties.Environment.Variables).sort()).toEqual([
      ...['AUTH_ADMIN_GROUP', 'AUTH_USER_POOL_CLIENT_ID', 'AUTH_USER_POOL_ID', 'FUNCTION_FRONTED_ARN'],
    ]);
  });

  it('waits for messages in Python a little longer than for Python itself, and hides them accordingly', () => {
    const { template } = one({ ...python, on: [schedule('rate(1 day)')], timeoutSeconds: 890 });
    template.hasResourceProperties('AWS::Lambda::Function', { Runtime: 'python3.13', Timeout: 890 });
    template.hasResourceProperties('AWS::Lambda::Function', { Description: 'Answers for the function work', Timeout: 900 });
    template.hasResourceProperties('AWS::SQS::Queue', { VisibilityTimeout: 5_400 });
    expect(() => one({ ...python, on: [schedule('rate(1 day)')], timeoutSeconds: 891 })).toThrow(/from 1 to 890/);
  });

  it('has of Python as many runs at a time as of Node', () => {
    const on = [created('Note'), schedule('rate(1 day)'), queue({ message: z.object({}), batch: 25, windowSeconds: 1 })];
    const mappings = Object.values(one({ ...python, on }).template.findResources('AWS::Lambda::EventSourceMapping'));
    const paces = mappings
      .filter(({ Properties }) => JSON.stringify(Properties.FunctionName).includes('workFront'))
      .map(({ Properties }) => [Properties.BatchSize, Properties.ScalingConfig.MaximumConcurrency]);
    expect(paces).toEqual([
      [10, 5],
      [1, 2],
      [25, 2],
    ]);
  });

  it('has neither front nor door in Python for hooks that use nothing of the backend', () => {
    const { template } = one({ ...python, on: [before.create('Note')] });
    expect(JSON.stringify(template.findResources('AWS::Lambda::Function'))).not.toMatch(
      /Answers for the function|The backend for the function/,
    );
  });

  it('has alarms in production', () => {
    const on = [quote(), schedule('rate(1 day)'), queue({ message: z.object({}) })];
    const { template } = synth(
      (stack) => new Backend(stack, 'Backend', { functions: { work: fn({ entry, on }) } }, { stage: 'production' }),
    );
    const alarms = Object.keys(template.findResources('AWS::CloudWatch::Alarm'));
    expect(alarms.filter((id) => id.includes('Functionwork'))).toHaveLength(2);
    expect(alarms.filter((id) => /DeadLetterswork(runs|messages)/.test(id))).toHaveLength(2);
  });

  it('has in its bundle what its triggers and its access need, and no Zod', () => {
    const { template, stack } = build({
      asked: { entry, on: [quote()], access: [use.data('Note', 'read')] },
      told: { entry, on: [created('Note')] },
    });
    const codeOf = (name: string): string => {
      const functions = Object.values(template.findResources('AWS::Lambda::Function'));
      const found = functions.find(({ Properties }) => Properties.Description === `The function ${name}`);
      const hash = String(found?.['Properties'].Code.S3Key).replace('.zip', '');
      return readFileSync(join((stack.node.root as App).outdir, `asset.${hash}`, 'index.cjs'), 'utf8');
    };
    expect(codeOf('asked')).toMatch(/tokenUse/);
    expect(codeOf('told')).not.toMatch(/tokenUse|\/data\/\{model\}/);
    for (const name of ['asked', 'told']) expect(codeOf(name)).not.toMatch(/ZodObject|_zod/);
  });
});
