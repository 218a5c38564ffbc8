import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UserError } from './user-error.ts';

interface CdkConfiguration {
  readonly app?: string;
}

/** The command that makes the CDK app's assembly, from cdk.json: the same one that `cdk deploy` runs. */
const appCommand = (projectFolder: string): string => {
  let text: string;
  try {
    text = readFileSync(join(projectFolder, 'cdk.json'), 'utf8');
  } catch (cause) {
    throw new UserError(`There is no cdk.json in ${projectFolder}.`, 'Run this in the folder of a CDK app.', { cause });
  }
  const { app } = JSON.parse(text) as CdkConfiguration;
  if (app === undefined) throw new UserError('cdk.json names no app.', 'Add "app": "node bin/app.ts" to it.');
  return app;
};

/**
 * Synthesizes the CDK app of a project as `cdk synth` does, but without the CDK CLI's own start-up time.
 *
 * @param outputFolder where the cloud assembly is written
 * @throws UserError with the app's own output when it fails
 */
export const synthesize = (projectFolder: string, outputFolder: string): Promise<void> =>
  new Promise((done, failed) => {
    const app = spawn(appCommand(projectFolder), {
      cwd: projectFolder,
      shell: true,
      env: {
        ...process.env,
        CDK_OUTDIR: resolve(outputFolder),
        CDK_CONTEXT_JSON: JSON.stringify({ 'aws:cdk:enable-path-metadata': true }),
      },
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    let complaint = '';
    app.stderr.on('data', (chunk: Buffer) => {
      complaint += chunk.toString();
    });
    app.on('error', failed);
    app.on('close', (code) => {
      if (code === 0) done();
      else
        failed(
          new UserError(
            `The definition could not be synthesized.\n\n${complaint.trim()}\n`,
            'Mend what the first lines name, and try again.',
          ),
        );
    });
  });
