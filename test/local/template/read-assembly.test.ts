import { cpSync, mkdtempSync, rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { StartError } from '../../../local/start-error.ts';
import { readAssembly } from '../../../local/template/read-assembly.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'plinth-assembly-'));
  const app = new App({ outdir: folder, analyticsReporting: false });
  const first = new Stack(app, 'First', { env: { account: '111122223333', region: 'eu-west-1' } });
  const parameter = new StringParameter(first, 'Parameter', { stringValue: 'x' });
  const second = new Stack(app, 'Second', { env: { account: '111122223333', region: 'eu-west-1' } });
  new StringParameter(second, 'Parameter', { stringValue: parameter.parameterName });
  const stage = new Stage(app, 'Beta');
  const staged = new Stack(stage, 'Staged');
  new LambdaFunction(staged, 'Function', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'start-local.handler',
    code: Code.fromAsset(join(import.meta.dirname, '..', '..', 'fixtures')),
  });
  new StringParameter(new NestedStack(staged, 'Nested'), 'Inner', { stringValue: 'y' });
  app.synth();
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('readAssembly', () => {
  it('refuses a folder without an assembly and says what to do', () => {
    expect(() => readAssembly(tmpdir())).toThrow(
      new StartError(`${tmpdir()} holds no synthesized CDK app (no manifest.json).`, 'Run "cdk synth" first.'),
    );
  });

  it('refuses an unknown stack and names those that there are', () => {
    expect(() => readAssembly(folder, { stack: 'Third' })).toThrow(
      expect.objectContaining({ advice: 'Name one of these: Beta-Staged, First, Second.' }),
    );
  });

  it('reads all stacks, of stages too, with their environments', () => {
    expect(readAssembly(folder).stacks.map(({ name, accountId, region }) => [name, accountId, region])).toEqual([
      ['Beta-Staged', undefined, undefined],
      ['First', '111122223333', 'eu-west-1'],
      ['Second', '111122223333', 'eu-west-1'],
    ]);
  });

  it.each([
    ['First', ['First']],
    ['Second', ['First', 'Second']],
    ['Beta/Staged', ['Beta-Staged']],
  ])('takes the stack %s with what it depends on', (stack, expected) => {
    expect(readAssembly(folder, { stack }).stacks.map(({ name }) => name)).toEqual(expected);
  });

  it('finds the folder of a function and the template of a nested stack inside a stage', () => {
    const { stacks, assetPath } = readAssembly(folder, { stack: 'Beta-Staged' });
    const resources = Object.values(stacks[0]?.template.Resources ?? {});
    const code = resources.find(({ Type }) => Type === 'AWS::Lambda::Function')?.Properties?.['Code'] as { S3Key: string };
    expect(assetPath(code.S3Key)).toMatch(/assembly-Beta\/asset\.[0-9a-f]{64}$|asset\.[0-9a-f]{64}$/);
    expect(assetPath('nothing.zip')).toBeUndefined();
    const [nested] = [...(stacks[0]?.nested.values() ?? [])];
    expect(Object.values(nested?.template.Resources ?? {}).map(({ Type }) => Type)).toEqual(['AWS::SSM::Parameter']);
  });

  it('says which file is missing', () => {
    const copy = mkdtempSync(join(tmpdir(), 'plinth-assembly-'));
    cpSync(folder, copy, { recursive: true });
    unlinkSync(join(copy, 'First.template.json'));
    expect(() => readAssembly(copy)).toThrow(/First\.template\.json cannot be read/);
    rmSync(copy, { recursive: true });
  });
});
