import { App, Stack } from 'aws-cdk-lib';
import cdk from '../cdk.json' with { type: 'json' };
import { backend } from '../examples/notes/backend.ts';
import { Backend, checkStage } from '../lib/index.ts';

// The CDK CLI passes context and folder by variables; without it both come from here, so that the template is the same.
const app = new App({ context: cdk.context, outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out' });
const stage = checkStage(app.node.tryGetContext('stage') ?? 'development');
new Backend(new Stack(app, 'Notes'), 'Backend', backend, { stage, schemaLock: 'plinth.schema.json' });
app.synth();
