import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CliProject } from '../support/cli-project.ts';
import { until } from '../support/until.ts';

const featureFunction = pathToFileURL(join(import.meta.dirname, '../../lib/api/feature-function.ts')).href;

/** An API with a function of ours at `/quote` and a Python one at `/report`. */
const app = (description = 'Quotes') => `
import { App, Stack } from 'aws-cdk-lib';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { FeatureFunction } from '${featureFunction}';

const stack = new Stack(new App(), 'Hot');
const quote = new FeatureFunction(stack, 'Quote', { entry: import.meta.dirname + '/quote.ts', description: '${description}', stage: 'development' });
const report = new Function(stack, 'ReportFunction', { runtime: Runtime.PYTHON_3_13, handler: 'index.handler', code: Code.fromAsset('report') });
const api = new HttpApi(stack, 'Api', { defaultIntegration: new HttpLambdaIntegration('Quotes', quote.function) });
api.addRoutes({ path: '/report', integration: new HttpLambdaIntegration('Reports', report) });
`;
const quote = (text: string): string => `import { price } from './price.ts';

export const handler = async (event: { rawPath: string }): Promise<unknown> => {
  if (event.rawPath === '/fail') throw new RangeError('no quote\\nfor this');
  console.log('asked\\nfor a quote', event.rawPath);
  return { text: '${text}', price };
};
`;
const price = (value: number): string => `export const price: number = ${value};\n`;
const report = (value: number): string => `def handler(event, context):\n    print("reporting")\n    return {"report": ${value}}\n`;

let project: CliProject;
beforeEach(() => {
  project = new CliProject();
  project.write('app.mjs', app());
  project.write('quote.ts', quote('one'));
  project.write('price.ts', price(1));
  project.writeFolder('report', { 'index.py': report(1) });
});
afterEach(() => project.remove());

const call = async (url: string): Promise<unknown> => (await fetch(url)).json();

describe('plinth dev', () => {
  it('serves a changed function at once, and the synthesis that follows agrees with it', async () => {
    const dev = await project.dev();
    expect(await call(`${dev.apiUrl}/quote`)).toEqual({ text: 'one', price: 1 });
    await dev.settles();
    project.write('quote.ts', quote('two'));
    await dev.says(/Reloaded quote in \d+ ms/);
    expect(await call(`${dev.apiUrl}/quote`)).toEqual({ text: 'two', price: 1 });
    await dev.settles();
    project.write('price.ts', price(2));
    await dev.says(/(Reloaded quote in \d+ ms[\s\S]*){2}/);
    expect(await call(`${dev.apiUrl}/quote`)).toEqual({ text: 'two', price: 2 });
    await dev.settles();
    expect(dev.output.match(/Reloaded|Checked/g)).toHaveLength(2);
  });

  it('serves changes that come while another is synthesized, and ends with the last', async () => {
    const dev = await project.dev();
    await call(`${dev.apiUrl}/quote`);
    await dev.settles();
    for (const text of ['two', 'three', 'four']) {
      project.write('quote.ts', quote(text));
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    project.write('price.ts', price(9));
    await until(
      async () => JSON.stringify(await call(`${dev.apiUrl}/quote`)),
      (answer) => answer === '{"text":"four","price":9}',
    );
    await dev.settles();
    expect(await call(`${dev.apiUrl}/quote`)).toEqual({ text: 'four', price: 9 });
    expect(dev.output).not.toMatch(/Reloaded in/);
  });

  it('exchanges the code of a Python function without a new start, and starts anew when the template changes', async () => {
    const dev = await project.dev();
    expect(await call(`${dev.apiUrl}/report`)).toEqual({ report: 1 });
    await dev.settles();
    project.writeFolder('report', { 'index.py': report(2) });
    await dev.says(/Reloaded report in \d+ ms/);
    expect(await call(`${dev.apiUrl}/report`)).toEqual({ report: 2 });
    await dev.settles();
    project.write('quote.ts', quote('two'));
    await dev.says(/Reloaded quote in \d+ ms/);
    expect(await call(`${dev.apiUrl}/report`)).toEqual({ report: 2 });
    await dev.settles();
    project.write('app.mjs', app('Quotes of today'));
    await dev.says(/Reloaded in \d+ ms/);
    expect(await call(`${dev.apiUrl}/report`)).toEqual({ report: 2 });
    expect(await call(`${dev.apiUrl}/quote`)).toEqual({ text: 'two', price: 1 });
  });

  it('keeps the code that ran when a change cannot be bundled, and says why', async () => {
    const dev = await project.dev();
    await call(`${dev.apiUrl}/quote`);
    await dev.settles();
    project.write('quote.ts', 'export const handler = (;');
    await dev.says(/Expected "\)"|Unexpected ";"/);
    await dev.says(/The running backend stays as it was\./);
    expect(await call(`${dev.apiUrl}/quote`)).toEqual({ text: 'one', price: 1 });
    project.write('quote.ts', quote('mended'));
    await dev.says(/Reloaded quote in \d+ ms/);
    expect(await call(`${dev.apiUrl}/quote`)).toEqual({ text: 'mended', price: 1 });
  });

  it('shows what functions print under their names, with the lines of their sources, and `plinth logs` shows it again', async () => {
    const dev = await project.dev();
    await call(`${dev.apiUrl}/quote`);
    await call(`${dev.apiUrl}/report`);
    await dev.says(/^\d\d:\d\d:\d\d quote +asked\n +│ for a quote \/quote$/m);
    await dev.says(/^\d\d:\d\d:\d\d report +reporting$/m);
    await fetch(`${dev.apiUrl}/fail`);
    await dev.says(/quote +error Invoke Error\tRangeError: no quote\n +│ for this\n +│ {5}at \S+ \(\S+quote\.ts:4:40\)\n\d/);
    const { code, output } = await project.spawn('logs', 'quote').ended;
    expect(code).toBe(0);
    expect(output).toMatch(/quote +asked\n +│ for a quote \/quote\n/);
    expect(output).toMatch(/quote\.ts:4:40/);
    expect(output).not.toContain('reporting');
    expect((await project.spawn('logs', 'nobody').ended).output).toContain('No lines of "nobody"');
    const follower = project.spawn('logs', 'Report', '--follow');
    await follower.says(/report +reporting/);
    await call(`${dev.apiUrl}/report`);
    await follower.says(/(report +reporting\n[\s\S]*){2}/);
  });
});
