import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CfnOutput, CustomResource, Duration, Fn } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { type LocalBackend, startLocal } from '../../../local/local-backend.ts';
import { authorization } from '../../support/aws-calls.ts';
import { inlineFunction } from '../../support/synthesize-stack.ts';
import { type CustomApp, customApp, customHandler, eventLog } from './custom-app.ts';

const running: LocalBackend[] = [];
let log = eventLog();

beforeEach(() => {
  log = eventLog();
});
afterEach(async () => {
  for (const backend of running.splice(0)) await backend.dispose();
});

async function start(build: (app: CustomApp) => void, folder?: string): Promise<LocalBackend> {
  const backend = await startLocal({ assembly: customApp(build), log, ...(folder !== undefined && { folder }) });
  running.push(backend);
  return backend;
}

/** Starts on a folder, then stops. @returns the events that this start has sent */
async function deploy(folder: string, build: (app: CustomApp) => void): Promise<Record<string, unknown>[]> {
  const before = log.events.length;
  await (await start(build, folder)).dispose();
  return log.events.slice(before);
}

const aFolder = (): string => mkdtempSync(join(tmpdir(), 'plinth-custom-state-'));

async function invoke(backend: LocalBackend, name: string): Promise<unknown> {
  const [found = ''] =
    Object.entries(backend.outputs)
      .find(([key]) => key === name)
      ?.slice(1) ?? [];
  const response = await fetch(`${backend.endpointUrl}/2015-03-31/functions/${found}/invocations`, {
    method: 'POST',
    headers: { authorization: authorization(backend.credentials.accessKeyId, 'lambda') },
    body: '{}',
  });
  return response.json();
}

describe('a custom resource that fails', () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    ['says so', { Fail: 'the key is no key' }, /Custom\/Thing \(Custom::Thing\) failed at Create: the key is no key/],
    ['throws', { Throw: 'no network' }, /failed at Create: its function failed: no network/],
    ['answers another request', { Wrong: 'other' }, /the response has another RequestId/],
    ['names a physical id that is too long', { PhysicalId: 'x'.repeat(1_025) }, /PhysicalResourceId must be a text of 1 to 1024/],
  ])('stops the start when its function %s, and is created anew at the next one', async (_, properties, message) => {
    const folder = aFolder();
    await expect(start(({ add }) => void add('Thing', properties), folder)).rejects.toThrow(message);
    const [again] = await deploy(folder, ({ add }) => void add('Thing', { Value: 'a' }));
    expect(again).toMatchObject({ RequestType: 'Create' });
  });

  it('stops the start when its function does not answer within the ServiceTimeout', async () => {
    const build = ({ stack, handler }: CustomApp): void =>
      void new CustomResource(stack, 'Thing', {
        serviceToken: handler.functionArn,
        serviceTimeout: Duration.seconds(1),
        properties: { Silent: 'yes' },
      });
    await expect(start(build)).rejects.toThrow('it did not answer within 1 s');
  });

  it('keeps what it was when its update fails', async () => {
    const folder = aFolder();
    await deploy(folder, ({ add }) => void add('Thing', { Value: 'a' }));
    await expect(deploy(folder, ({ add }) => void add('Thing', { Fail: 'no' }))).rejects.toThrow('failed at Update: no');
    const events = await deploy(folder, ({ add }) => void add('Thing', { Value: 'a' }));
    expect(events).toEqual([]);
  });
});

describe('a value that only a custom resource can tell', () => {
  it('is refused in a store, which starts before it, by the name of the property', async () => {
    const build = ({ stack, add }: CustomApp): void =>
      void new StringParameter(stack, 'Parameter', { stringValue: add('Thing', {}).getAttString('Value') });
    await expect(start(build)).rejects.toThrow(/Parameter\w*\.Properties\.Value.*comes from the custom resource Custom\/Thing/);
  });

  it('is in the way of nobody who needs only the name of what waits for it', async () => {
    const { outputs } = await start(({ stack, add }) => {
      const waiting = inlineFunction(stack, 'Waiting', 'exports.handler = () => {}', {
        environment: { FIRST: add('Thing', {}).getAttString('Value') },
      });
      new StringParameter(stack, 'Parameter', { parameterName: '/who', stringValue: waiting.functionArn });
      new CfnOutput(stack, 'Arn', { value: waiting.functionArn });
    });
    expect(outputs['Arn']).toMatch(/^arn:aws:lambda:.*Waiting/);
  });

  it('is refused when the function did not give it', async () => {
    const build = ({ stack, add }: CustomApp): void =>
      void new CfnOutput(stack, 'Out', { value: add('Thing', {}).getAttString('Nothing') });
    await expect(start(build)).rejects.toThrow('the custom resource gave no Nothing in its Data');
  });

  it('reaches functions, their permissions and outputs, whatever intrinsics make of it', async () => {
    const code = 'exports.handler = async () => process.env.FIRST';
    const backend = await start(({ stack, add }) => {
      const thing = add('Thing', { Value: 'a' });
      const user = inlineFunction(stack, 'User', code, { environment: { FIRST: Fn.select(5, Fn.split(':', thing.getAttString('Arn'))) } });
      user.addToRolePolicy(new PolicyStatement({ actions: ['sns:Publish'], resources: [thing.getAttString('Arn')] }));
      new CfnOutput(stack, 'UserName', { value: user.functionName });
      new CfnOutput(stack, 'Ref', { value: thing.ref });
      new CfnOutput(stack, 'Count', { value: Fn.join('', ['n', thing.getAttString('Count')]) });
    });
    expect(backend.outputs).toMatchObject({ Ref: 'one', Count: 'n3' });
    expect(await invoke(backend, 'UserName')).toBe('app/a');
    expect(JSON.stringify(backend.accessReport())).toContain('arn:aws:sns:r:1:app/a');
  });
});

describe('custom resources', () => {
  it('are created with texts only, after what they need, and answer at a URL that takes one answer', async () => {
    const backend = await start(({ stack, add }) => {
      const first = add('First', { Value: 'a', Flag: true, Deep: { list: [1, 'b'] } });
      const other = inlineFunction(stack, 'Other', customHandler, { environment: { FIRST: first.getAttString('Value') } });
      new CustomResource(stack, 'Second', { serviceToken: other.functionArn, properties: { Before: first.ref } });
    });
    const [first, second] = log.events;
    expect(first).toMatchObject({
      RequestType: 'Create',
      ResourceType: 'Custom::Thing',
      ResourceProperties: { Value: 'a', Flag: 'true', Deep: { list: ['1', 'b'] } },
      StackId: expect.stringMatching(/^arn:aws:cloudformation:.*:stack\/Custom\//),
    });
    expect(first).not.toHaveProperty('PhysicalResourceId');
    expect(second).toMatchObject({ env: 'value of a', ResourceProperties: { Before: 'one' } });
    expect(log.lines.filter((line) => line.includes('ANSWERED 200 403'))).toHaveLength(2);
    const stranger = await fetch(`${backend.endpointUrl}/_plinth/custom-resources/guess`, { method: 'PUT', body: '{}' });
    expect(stranger.status).toBe(403);
    expect(await backend.dump()).toMatchObject({
      'custom-resources': { 'Custom/First': { physicalId: 'one', data: { Value: 'value of a' } } },
    });
  });

  it('are asked again only when their properties change, and for their end when they leave', async () => {
    const folder = aFolder();
    const with_ =
      (value: string) =>
      ({ stack, add }: CustomApp): void =>
        void new CfnOutput(stack, 'Out', { value: add('Thing', { Value: value }).getAttString('Value') });
    expect(await deploy(folder, with_('a'))).toMatchObject([{ RequestType: 'Create' }]);
    const again = await start(with_('a'), folder);
    expect(again.outputs['Out']).toBe('value of a');
    await again.dispose();
    expect(log.events).toHaveLength(1);
    expect(await deploy(folder, with_('b'))).toMatchObject([
      { RequestType: 'Update', PhysicalResourceId: 'one', ResourceProperties: { Value: 'b' }, OldResourceProperties: { Value: 'a' } },
    ]);
    expect(await deploy(folder, () => {})).toMatchObject([{ RequestType: 'Delete', PhysicalResourceId: 'one' }]);
    expect(await deploy(folder, () => {})).toEqual([]);
  });

  it('have a replaced physical resource removed after the update', async () => {
    const folder = aFolder();
    await deploy(folder, ({ add }) => void add('Thing', { PhysicalId: 'one' }));
    expect(await deploy(folder, ({ add }) => void add('Thing', { PhysicalId: 'two' }))).toMatchObject([
      { RequestType: 'Update', PhysicalResourceId: 'one' },
      { RequestType: 'Delete', PhysicalResourceId: 'one', ResourceProperties: { PhysicalId: 'one' } },
    ]);
  });
});
