import { App, Stack } from 'aws-cdk-lib';
import { Backend, type BackendProps } from '../../lib/backend.ts';
import { casesDefinition } from './cases-definition.ts';

const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out', analyticsReporting: false });
const props = JSON.parse(process.env['TEST_APP_SETTINGS'] ?? '{}') as BackendProps;
new Backend(new Stack(app, 'Cases'), 'Backend', casesDefinition, props);
app.synth();
