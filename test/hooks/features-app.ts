import { join } from 'node:path';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { z } from 'zod';
import { folder } from '../../contracts/folder.ts';
import { model } from '../../contracts/model.ts';
import { FeatureFunction } from '../../lib/api/feature-function.ts';
import type { FunctionParts } from '../../lib/api/function-parts.ts';
import { Backend } from '../../lib/backend.ts';

const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out', analyticsReporting: false });
const stack = new Stack(app, 'Features');
const { files, push } = new Backend(stack, 'Backend', {
  data: { models: { Note: model({ fields: { text: z.string() }, access: (allow) => [allow.owner()] }) } },
  files: {
    folders: {
      papers: folder('papers/{owner}', { access: (allow) => [allow.owner()], types: ['text/plain'], maxSizeBytes: 20 * 1024 ** 2 }),
      attachments: folder('notes/{Note}', { access: (allow) => [allow.record()], types: ['text/plain'] }),
    },
  },
  push: {
    web: { subject: 'mailto:ops@example.com' },
    topics: { news: { access: (allow) => [allow.signedIn().to('subscribe')] } },
  },
});

const none: FunctionParts = { environment: {}, grants: [], modules: {} };
const inside = (id: string, parts: readonly (FunctionParts | undefined)[]): void => {
  const given = parts.map((part) => part ?? none);
  const { function: made } = new FeatureFunction(stack, id, {
    entry: join(import.meta.dirname, 'features-handler.ts'),
    description: 'Uses files and push',
    stage: 'development',
    environment: Object.assign({}, ...given.map(({ environment }) => environment)),
    grants: given.flatMap(({ grants }) => grants),
    modules: Object.assign({}, ...given.map(({ modules }) => modules)),
  });
  new CfnOutput(stack, `${id}Name`, { value: made.functionName });
};
inside('Everything', [files?.functionParts({ papers: ['read', 'write', 'delete'] }), push?.functionParts()]);
inside('Reads', [files?.functionParts({ papers: ['read'] }), push?.functionParts()]);
inside('AsCaller', [files?.functionParts({ attachments: ['read'] }, { asCaller: true }), push?.functionParts()]);
app.synth();
