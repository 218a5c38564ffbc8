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

const cached = new Map<string, string>();

/** Synthesizes a CDK app once a run, as `cdk synth` does, and tells the folder of its cloud assembly. */
export const synthesized = (app: string): string => {
  const known = cached.get(app);
  if (known !== undefined) return known;
  const folder = mkdtempSync(join(tmpdir(), 'plinth-bench-'));
  execFileSync(process.execPath, [app], { cwd: join(import.meta.dirname, '..'), env: { ...process.env, CDK_OUTDIR: folder } });
  cached.set(app, folder);
  return folder;
};

/** The code file of the function of an assembly whose environment has this variable. */
export const bundleWith = (assembly: string, variable: string): string => {
  const file = readdirSync(assembly).find((name) => name.endsWith('.template.json'));
  if (file === undefined) throw new Error(`${assembly} holds no template`);
  const { Resources } = JSON.parse(readFileSync(join(assembly, file), 'utf8')) as { Resources: Record<string, FunctionResource> };
  const found = Object.values(Resources).find(
    ({ Type, Properties }) => Type === 'AWS::Lambda::Function' && Object.hasOwn(Properties.Environment?.Variables ?? {}, variable),
  );
  if (found === undefined) throw new Error(`no function has the variable ${variable}`);
  return join(assembly, `asset.${(found.Properties.Code.S3Key ?? '').replace(/\.zip$/, '')}`, 'index.cjs');
};
