import { existsSync, statSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalContext } from '../service.ts';
import type { FunctionDefinition } from './function-definition.ts';
import { linkLayerPackages } from './layer-packages.ts';

/** A function's code, ready to run. */
export interface PreparedCode {
  /** Stands for `/var/task`. */
  readonly taskRoot: string;
  /** The folder that it was copied from. */
  readonly codeFolder: string;
}

/** What the Node.js runtimes of AWS have beside the function's own modules. */
const RUNTIME_PACKAGES = ['@aws-sdk', '@smithy', '@aws-crypto'];

/**
 * Copies the code of functions to a folder of their own before they run. There, as on AWS, no `package.json` or `node_modules`
 * of the project lies above it, and a new `cdk synth` doesn't change what already runs.
 */
export class FunctionCode {
  readonly #context: LocalContext;
  readonly #layers: ReadonlyMap<string, string>;
  #root: Promise<string> | undefined;
  #copies = 0;

  /** @param layers the keys of the layers' content by their ARN */
  constructor(context: LocalContext, layers: ReadonlyMap<string, string> = new Map()) {
    this.#context = context;
    this.#layers = layers;
  }

  /** @throws Error in the words of Lambda when the code can't be run here */
  async prepare(definition: FunctionDefinition): Promise<PreparedCode> {
    this.#root ??= createRoot();
    this.#copies += 1;
    const taskRoot = await this.#makeHome(definition, join(await this.#root, `${definition.name}-${this.#copies}`));
    const { code } = definition;
    if (code !== undefined && 'inline' in code) {
      await mkdir(taskRoot);
      await writeFile(join(taskRoot, 'index.js'), code.inline);
      return { taskRoot, codeFolder: taskRoot };
    }
    const codeFolder = code === undefined ? undefined : this.#context.assetPath(code.s3Key);
    if (codeFolder === undefined || !existsSync(codeFolder)) throw new Error(`the code of ${definition.name} is not in the cloud assembly`);
    if (!statSync(codeFolder).isDirectory()) {
      throw new Error(`the code of ${definition.name} is an archive (${codeFolder}): locally, functions run from folders`);
    }
    await cp(codeFolder, taskRoot, { recursive: true, dereference: true });
    return { taskRoot, codeFolder };
  }

  /** With layers, their packages lie beside the code. They stand for `/opt/nodejs/node_modules`. */
  async #makeHome({ layers }: FunctionDefinition, home: string): Promise<string> {
    const folders = layers.map((arn) => this.#context.assetPath(this.#layers.get(arn) ?? '')).filter((folder) => folder !== undefined);
    if (folders.length === 0) return home;
    await linkLayerPackages(folders, join(home, 'node_modules'));
    return join(home, 'task');
  }

  async dispose(): Promise<void> {
    if (this.#root !== undefined) await rm(await this.#root, { recursive: true, force: true });
  }
}

async function createRoot(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'plinth-lambda-'));
  await writeFile(join(root, 'package.json'), '{}');
  await mkdir(join(root, 'node_modules'));
  for (const name of RUNTIME_PACKAGES) {
    const installed = join(process.cwd(), 'node_modules', name);
    if (existsSync(installed)) await symlink(installed, join(root, 'node_modules', name), 'dir');
  }
  return root;
}
