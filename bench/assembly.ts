import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { standInLayers } from '../contracts/variables.ts';

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
  execFileSync(process.execPath, [app], {
    cwd: join(import.meta.dirname, '..'),
    env: { ...process.env, CDK_OUTDIR: folder, [standInLayers]: '1' },
  });
  cached.set(app, folder);
  return folder;
};

const functionsOf = (assembly: string): readonly (readonly [id: string, FunctionResource])[] => {
  const file = readdirSync(assembly).find((name) => name.endsWith('.template.json'));
  if (file === undefined) throw new Error(`${assembly} holds no template`);
  const { Resources } = JSON.parse(readFileSync(join(assembly, file), 'utf8')) as { Resources: Record<string, FunctionResource> };
  return Object.entries(Resources).filter(([, { Type }]) => Type === 'AWS::Lambda::Function');
};

const codeFile = (assembly: string, { Properties }: FunctionResource): string =>
  join(assembly, `asset.${(Properties.Code.S3Key ?? '').replace(/\.zip$/, '')}`, 'index.cjs');

/** The code files of the functions of an assembly, by logical ids without their hashes: `BackendFilesFunction`. */
export const bundlesOf = (assembly: string): ReadonlyMap<string, string> =>
  new Map(functionsOf(assembly).map(([id, found]) => [id.replace(/[0-9A-F]{8}$/, ''), codeFile(assembly, found)]));

/** The code file of the function of an assembly whose environment has this variable. */
export const bundleWith = (assembly: string, variable: string): string => {
  const found = functionsOf(assembly).find(([, { Properties }]) => Object.hasOwn(Properties.Environment?.Variables ?? {}, variable));
  if (found === undefined) throw new Error(`no function has the variable ${variable}`);
  return codeFile(assembly, found[1]);
};
