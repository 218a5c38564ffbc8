import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CustomResource, Stack } from 'aws-cdk-lib';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { LocalLog } from '../../../local/log.ts';

// CDK's own validation of a template takes seconds.
process.env['CDK_VALIDATION'] ??= 'false';

/** Answers as its properties say, and logs every event it gets. */
const HANDLER = `
exports.handler = async (event) => {
  console.log('EVENT ' + JSON.stringify({ ...event, env: process.env.FIRST }));
  const { Fail, Throw, Silent, Wrong, PhysicalId, Value } = event.ResourceProperties;
  if (Throw) throw new Error(Throw);
  if (Silent) return;
  const answer = {
    Status: Fail ? 'FAILED' : 'SUCCESS', Reason: Fail, StackId: event.StackId, RequestId: Wrong ?? event.RequestId,
    LogicalResourceId: event.LogicalResourceId, PhysicalResourceId: event.RequestType === 'Delete' ? event.PhysicalResourceId : PhysicalId ?? 'one',
    Data: { Value: 'value of ' + Value, Count: 3, Arn: 'arn:aws:sns:r:1:app/' + Value },
  };
  const put = await fetch(event.ResponseURL, { method: 'PUT', body: JSON.stringify(answer) });
  console.log('ANSWERED ' + put.status + ' ' + (await fetch(event.ResponseURL, { method: 'PUT', body: '{}' })).status);
};`;

export interface CustomApp {
  readonly stack: Stack;
  readonly handler: LambdaFunction;
  readonly add: (id: string, properties: Record<string, unknown>) => CustomResource;
}

export const inlineFunction = (stack: Stack, id: string, code: string, environment: Record<string, string> = {}): LambdaFunction =>
  new LambdaFunction(stack, id, { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline(code), environment });

/** Synthesizes an app with a function for custom resources. */
export function customApp(build: (app: CustomApp) => void): string {
  const outdir = mkdtempSync(join(tmpdir(), 'plinth-custom-'));
  const app = new App({ outdir, analyticsReporting: false });
  const stack = new Stack(app, 'Custom');
  const handler = inlineFunction(stack, 'Handler', HANDLER);
  const add: CustomApp['add'] = (id, properties) =>
    new CustomResource(stack, id, { serviceToken: handler.functionArn, resourceType: 'Custom::Thing', properties });
  build({ stack, handler, add });
  app.synth();
  return outdir;
}

export { HANDLER as customHandler };

/** The events that functions have logged. */
export function eventLog(): LocalLog & { readonly events: Record<string, unknown>[]; readonly lines: string[] } {
  const events: Record<string, unknown>[] = [];
  const lines: string[] = [];
  const write = (_: string, line: string): void => {
    lines.push(line);
    const [, json] = /EVENT (\{.*\})/.exec(line) ?? [];
    if (json !== undefined) events.push(JSON.parse(json));
  };
  return { info: write, warn: write, error: write, events, lines };
}
