import { App, Stack } from 'aws-cdk-lib';
import { folder } from '../../contracts/folder.ts';
import { Backend } from '../../lib/backend.ts';

/** A backend whose uploads are scanned. */
const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out', analyticsReporting: false });
new Backend(new Stack(app, 'Guarded'), 'Backend', {
  files: {
    malwareProtection: true,
    folders: {
      papers: folder('papers/{owner}', { access: (allow) => [allow.owner(), allow.anyone().to('read')], types: ['text/plain', 'image/*'] }),
    },
  },
});
app.synth();
