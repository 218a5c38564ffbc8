import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { StackTemplate } from './deploy-plan.ts';

interface Artifact {
  readonly type: string;
  readonly displayName?: string;
  readonly environment?: string;
  readonly properties?: { readonly templateFile?: string; readonly stackName?: string };
}

/** A stack of a synthesized app. */
export class AssemblyStack {
  /** As `cdk` names it. */
  readonly id: string;
  /** As CloudFormation names it. */
  readonly name: string;
  /** Undefined: that of the environment. */
  readonly region: string | undefined;
  readonly #folder: string;
  readonly #file: string;

  constructor(folder: string, artifactId: string, { displayName, environment, properties = {} }: Artifact) {
    this.id = displayName ?? artifactId;
    this.name = properties.stackName ?? artifactId;
    const region = environment?.split('/').at(-1);
    this.region = region === 'unknown-region' ? undefined : region;
    this.#folder = folder;
    this.#file = properties.templateFile ?? '';
  }

  get template(): StackTemplate {
    return JSON.parse(readFileSync(join(this.#folder, this.#file), 'utf8')) as StackTemplate;
  }

  /** Puts another template in the place of the stack's own. `cdk` uploads it by the hash of its content, so that the hash changes, too. */
  set template(template: StackTemplate) {
    const text = JSON.stringify(template, null, 1);
    writeFileSync(join(this.#folder, this.#file), text);
    const hash = createHash('sha256').update(text).digest('hex');
    const former = this.#hash();
    if (former === undefined || former === hash) return;
    for (const file of readdirSync(this.#folder).filter((name) => name === 'manifest.json' || name.endsWith('.assets.json'))) {
      const path = join(this.#folder, file);
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll(former, hash));
    }
  }

  /** The hash by which the assets of the assembly name the template. */
  #hash(): string | undefined {
    for (const file of readdirSync(this.#folder).filter((name) => name.endsWith('.assets.json'))) {
      const { files = {} } = JSON.parse(readFileSync(join(this.#folder, file), 'utf8')) as {
        files?: Record<string, { source?: { path?: string } }>;
      };
      const found = Object.entries(files).find(([, { source }]) => source?.path === this.#file);
      if (found !== undefined) return found[0];
    }
    return undefined;
  }
}

/** All stacks of a synthesized app. */
export const stacksOf = (assembly: string): readonly AssemblyStack[] =>
  readdirSync(assembly, { recursive: true, encoding: 'utf8' })
    .filter((name) => name === 'manifest.json' || name.endsWith('/manifest.json'))
    .flatMap((name) => {
      const file = join(assembly, name);
      const { artifacts = {} } = JSON.parse(readFileSync(file, 'utf8')) as { artifacts?: Readonly<Record<string, Artifact>> };
      return Object.entries(artifacts)
        .filter(([, { type }]) => type === 'aws:cloudformation:stack')
        .map(([id, artifact]) => new AssemblyStack(dirname(file), id, artifact));
    });
