import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Code, type FunctionProps, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';

// CDK's own validation of a template takes seconds.
process.env['CDK_VALIDATION'] ??= 'false';

/** Synthesizes an app of one stack. @returns the folder of the cloud assembly */
export function synthesizeStack(name: string, build: (stack: Stack) => void): string {
  const outdir = mkdtempSync(join(tmpdir(), 'plinth-stack-'));
  const app = new App({ outdir, analyticsReporting: false });
  build(new Stack(app, name));
  app.synth();
  return outdir;
}

/** A function whose CommonJS code is in the template. */
export const inlineFunction = (stack: Stack, id: string, code: string, props: Partial<FunctionProps> = {}): LambdaFunction =>
  new LambdaFunction(stack, id, { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline(code), ...props });
