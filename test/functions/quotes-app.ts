import { App, Stack } from 'aws-cdk-lib';
import { backend } from '../../examples/quotes/backend.ts';
import { Backend } from '../../lib/index.ts';

const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out', analyticsReporting: false });
new Backend(new Stack(app, 'Quotes'), 'Backend', backend);
app.synth();
