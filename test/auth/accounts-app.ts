import { App, Stack } from 'aws-cdk-lib';
import type { AuthOptions } from '../../contracts/auth.ts';
import { Backend } from '../../lib/backend.ts';

const auth = JSON.parse(process.env['TEST_APP_SETTINGS'] ?? '{}') as AuthOptions;
const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out', analyticsReporting: false });
new Backend(new Stack(app, 'Accounts'), 'Backend', { auth });
app.synth();
