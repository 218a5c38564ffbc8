import { App, Stack } from 'aws-cdk-lib';
import { z } from 'zod';
import { Backend, defineBackend, model } from '../lib/index.ts';

const Memo = model({ fields: { text: z.string().max(1_000) }, access: (allow) => [allow.owner()] });

const Named = model({
  fields: { name: z.string().max(80), text: z.string().max(1_000) },
  unique: ['name'],
  access: (allow) => [allow.owner()],
});

/** Two models with nothing but the owner index, so that the arithmetic minimum of each call is plain to see. */
const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out' });
new Backend(new Stack(app, 'Memos'), 'Backend', defineBackend({ data: { models: { Memo, Named } } }));
app.synth();
