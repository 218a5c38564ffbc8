import { App, Stack } from 'aws-cdk-lib';
import cdk from '../../cdk.json' with { type: 'json' };
import { Backend, checkStage } from '../../lib/index.ts';
import { backend } from './backend.ts';

const app = new App({ context: cdk.context, outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out/shop' });
const stage = checkStage(app.node.tryGetContext('stage') ?? 'development');
// Pages of any origin may use it while it is developed.
const corsOrigins = stage === 'production' ? ['https://shop.example.com'] : ['*'];
new Backend(new Stack(app, 'Shop'), 'Backend', backend, { stage, corsOrigins });
app.synth();
