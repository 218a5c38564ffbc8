import { CustomResource, type Stack } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { LocalLog } from '../../../local/log.ts';
import { inlineFunction, synthesizeStack } from '../../support/synthesize-stack.ts';

/** Answers as its properties say, and logs every event it gets. */
export const customHandler = `
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

/** Synthesizes an app with a function for custom resources. */
export const customApp = (build: (app: CustomApp) => void): string =>
  synthesizeStack('Custom', (stack) => {
    const handler = inlineFunction(stack, 'Handler', customHandler);
    const add: CustomApp['add'] = (id, properties) =>
      new CustomResource(stack, id, { serviceToken: handler.functionArn, resourceType: 'Custom::Thing', properties });
    build({ stack, handler, add });
  });

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
