import { App, Stack } from 'aws-cdk-lib';
import { Backend } from '../../lib/backend.ts';
import { filesDefinition } from './files-definition.ts';

const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out', analyticsReporting: false });
new Backend(new Stack(app, 'Files'), 'Backend', filesDefinition);
app.synth();
