import { existsSync, statSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalContext } from '../service.ts';
import { bringSourceMap } from './bundle-source-map.ts';
import type { FunctionDefinition } from './function-definition.ts';
import { linkLayerPackages } from './layer-packages.ts';

/** A function's code, ready to run. */
export interface PreparedCode {
  /** Stands for `/var/task`. */
  readonly taskRoot: string;
  /** Sources in its maps are relative to this folder. */
  readonly codeFolder: string;
  /** The layers' folders, the one that counts most first. They stand for `/opt`. */
  readonly layerFolders: readonly string[];
}

/** Followed by the id of the process that runs the code. */
const CODE_FOLDER = 'plinth-lambda-';
/** What the Node.js runtimes of AWS have beside the function's own modules. */
const RUNTIME_PACKAGES = ['@aws-sdk', '@smithy', '@aws-crypto'];

/**
 * Copies the code of functions to a folder of their own before they run. There, as on AWS, no `package.json` or `node_modules`
 * of the project lies above it, and a new `cdk synth` doesn't change what already runs.
 */
export class FunctionCode {
  readonly #context: LocalContext;
  readonly #layers: ReadonlyMap<string, string>;
  readonly #replaced = new Map<string, string>();
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
    const layers = definition.layers
      .map((arn) => this.#context.assetPath(this.#layers.get(arn) ?? ''))
      .filter((path) => path !== undefined);
    const taskRoot = await makeHome(layers, join(await this.#root, `${definition.name}-${this.#copies}`));
    const layerFolders = layers.toReversed();
    const { code } = definition;
    if (code !== undefined && 'inline' in code) {
      await mkdir(taskRoot);
      await writeFile(join(taskRoot, definition.runtime.startsWith('python') ? 'index.py' : 'index.js'), code.inline);
      return { taskRoot, codeFolder: taskRoot, layerFolders };
    }
    const codeFolder = code === undefined ? undefined : (this.#replaced.get(code.s3Key) ?? this.#context.assetPath(code.s3Key));
    if (codeFolder === undefined || !existsSync(codeFolder)) throw new Error(`the code of ${definition.name} is not in the cloud assembly`);
    if (!statSync(codeFolder).isDirectory()) {
      throw new Error(`the code of ${definition.name} is an archive (${codeFolder}): locally, functions run from folders`);
    }
    await cp(codeFolder, taskRoot, { recursive: true, dereference: true });
    const sources = await bringSourceMap(codeFolder, taskRoot);
    return { taskRoot, codeFolder: sources ?? codeFolder, layerFolders };
  }

  /** From now on the code under this key is that of another folder. */
  replace(s3Key: string, codeFolder: string): void {
    this.#replaced.set(s3Key, codeFolder);
  }

  async dispose(): Promise<void> {
    if (this.#root !== undefined) await rm(await this.#root, { recursive: true, force: true });
  }
}

/** With layers, their packages lie beside the code. They stand for `/opt/nodejs/node_modules`. */
async function makeHome(layers: readonly string[], home: string): Promise<string> {
  if (layers.length === 0) return home;
  await linkLayerPackages(layers, join(home, 'node_modules'));
  return join(home, 'task');
}

async function createRoot(): Promise<string> {
  await sweepCodeFolders();
  const root = await mkdtemp(join(tmpdir(), `${CODE_FOLDER}${process.pid}-`));
  await writeFile(join(root, 'package.json'), '{}');
  await mkdir(join(root, 'node_modules'));
  for (const name of RUNTIME_PACKAGES) {
    const installed = join(process.cwd(), 'node_modules', name);
    if (existsSync(installed)) await symlink(installed, join(root, 'node_modules', name), 'dir');
  }
  return root;
}

/** Removes what runs left behind that were killed. */
async function sweepCodeFolders(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const owner = Number(new RegExp(`^${CODE_FOLDER}(\\d+)-`).exec(name)?.[1] ?? process.pid);
    // Another user's folder may not be removed, and is of no concern.
    if (!isAlive(owner)) await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
