import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface FunctionResource {
  readonly Type: string;
  readonly Properties: {
    readonly Code: { readonly S3Key?: string };
    readonly Environment?: { readonly Variables?: Record<string, unknown> };
  };
}

/** A synthesized example and where its bundles are. */
export interface Assembly {
  readonly folder: string;
  /** The folder of the bundle of the function whose environment has this variable. */
  bundleWith(variable: string): string;
}

let cached: Assembly | undefined;

const bundles = (folder: string): readonly { readonly variables: readonly string[]; readonly folder: string }[] => {
  const file = readdirSync(folder).find((name) => name.endsWith('.template.json'));
  if (file === undefined) throw new Error(`${folder} holds no template`);
  const template = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { Resources: Record<string, FunctionResource> };
  return Object.values(template.Resources)
    .filter((resource) => resource.Type === 'AWS::Lambda::Function')
    .map(({ Properties }) => ({
      variables: Object.keys(Properties.Environment?.Variables ?? {}),
      folder: join(folder, `asset.${(Properties.Code.S3Key ?? '').replace(/\.zip$/, '')}`),
    }));
};

/** Synthesizes `examples/notes` once a run, as `cdk synth` does. */
export const synthesized = (): Assembly => {
  if (cached !== undefined) return cached;
  const folder = mkdtempSync(join(tmpdir(), 'plinth-bench-'));
  const root = join(import.meta.dirname, '..');
  execFileSync(process.execPath, ['bin/app.ts'], { cwd: root, env: { ...process.env, CDK_OUTDIR: folder } });
  cached = {
    folder,
    bundleWith: (variable) => {
      const found = bundles(folder).find((bundle) => bundle.variables.includes(variable));
      if (found === undefined) throw new Error(`no function has the variable ${variable}`);
      return found.folder;
    },
  };
  return cached;
};
