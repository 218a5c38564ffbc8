import { App, Stack } from 'aws-cdk-lib';
import { Backend } from '../../lib/backend.ts';
import { matrixDefinition } from './matrix-definition.ts';

const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out', analyticsReporting: false });
new Backend(new Stack(app, 'Matrix'), 'Backend', matrixDefinition);
app.synth();
