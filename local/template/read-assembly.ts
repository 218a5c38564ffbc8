import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { StartError } from '../start-error.ts';
import type { ResourceDeclaration, StackTemplate, Template } from './template.ts';

/** A stack of a cloud assembly. */
export interface AssemblyStack extends StackTemplate {
  readonly name: string;
  /** How the CDK app shows it, for example `Stage/Stack`. */
  readonly displayName: string;
  readonly artifactId: string;
  /** Undefined where the app leaves the account or the region to the deployment. */
  readonly accountId: string | undefined;
  readonly region: string | undefined;
  readonly dependencies: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
}

/** What `cdk synth` wrote. */
export interface Assembly {
  readonly stacks: readonly AssemblyStack[];
  /** The folder or file that an S3 key of a template stands for. */
  assetPath(s3Key: string): string | undefined;
}

interface Artifact {
  readonly type: string;
  readonly environment?: string;
  readonly displayName?: string;
  readonly dependencies?: readonly string[];
  readonly properties?: {
    readonly templateFile?: string;
    readonly stackName?: string;
    readonly parameters?: Readonly<Record<string, string>>;
    readonly file?: string;
    readonly directoryName?: string;
  };
}

interface AssetManifest {
  readonly files?: Readonly<
    Record<
      string,
      { readonly source: { readonly path?: string }; readonly destinations: Readonly<Record<string, { readonly objectKey: string }>> }
    >
  >;
}

/**
 * Reads a CDK cloud assembly with its nested assemblies (stages) and nested stacks.
 *
 * @param options.stack only this stack, by its name, display name or artifact id, and the stacks that it depends on
 * @throws StartError when the folder holds no assembly, or not this stack
 */
export function readAssembly(folder: string, options: { readonly stack?: string | undefined } = {}): Assembly {
  const root = resolve(folder);
  if (!existsSync(join(root, 'manifest.json'))) {
    throw new StartError(`${folder} holds no synthesized CDK app (no manifest.json).`, 'Run "cdk synth" first.');
  }
  const assets = new Map<string, string>();
  const stacks = readFolder(root, assets);
  const assetPath = (s3Key: string): string | undefined => assets.get(s3Key);
  return { stacks: options.stack === undefined ? stacks : withDependencies(stacks, options.stack), assetPath };
}

function readFolder(folder: string, assets: Map<string, string>): AssemblyStack[] {
  const manifest = readJson(join(folder, 'manifest.json')) as { artifacts?: Readonly<Record<string, Artifact>> };
  const artifacts = Object.entries(manifest.artifacts ?? {});
  for (const [, { type, properties }] of artifacts) {
    if (type === 'cdk:asset-manifest' && properties?.file !== undefined) readAssets(folder, properties.file, assets);
  }
  return artifacts.flatMap(([id, artifact]) => {
    const { type, properties } = artifact;
    if (type === 'cdk:cloud-assembly' && properties?.directoryName !== undefined)
      return readFolder(join(folder, properties.directoryName), assets);
    if (type === 'aws:cloudformation:stack' && properties?.templateFile !== undefined) return [readStack(folder, id, artifact, assets)];
    return [];
  });
}

function readAssets(folder: string, file: string, assets: Map<string, string>): void {
  const { files = {} } = readJson(join(folder, file)) as AssetManifest;
  for (const { source, destinations } of Object.values(files)) {
    if (source.path === undefined) continue;
    for (const { objectKey } of Object.values(destinations)) assets.set(objectKey, join(folder, source.path));
  }
}

function readStack(folder: string, artifactId: string, artifact: Artifact, assets: ReadonlyMap<string, string>): AssemblyStack {
  const { templateFile = '', stackName, parameters = {} } = artifact.properties ?? {};
  const [, account, region] = /^aws:\/\/([^/]+)\/(.+)$/.exec(artifact.environment ?? '') ?? [];
  return {
    ...readTemplate(folder, join(folder, templateFile), assets),
    name: stackName ?? artifactId,
    displayName: artifact.displayName ?? artifactId,
    artifactId,
    accountId: account === 'unknown-account' ? undefined : account,
    region: region === 'unknown-region' ? undefined : region,
    dependencies: artifact.dependencies ?? [],
    parameters,
  };
}

function readTemplate(folder: string, file: string, assets: ReadonlyMap<string, string>): StackTemplate {
  const template = readJson(file) as Template;
  const nested = new Map<string, StackTemplate>();
  for (const [logicalId, resource] of Object.entries(template.Resources ?? {})) {
    if (resource.Type !== 'AWS::CloudFormation::Stack') continue;
    const nestedFile = nestedTemplateFile(folder, resource, assets);
    if (nestedFile !== undefined) nested.set(logicalId, readTemplate(folder, nestedFile, assets));
  }
  return { template, nested };
}

/** The asset's path is in the metadata, unless the app switched asset metadata off; then its key ends the URL. */
function nestedTemplateFile(folder: string, resource: ResourceDeclaration, assets: ReadonlyMap<string, string>): string | undefined {
  const path = resource.Metadata?.['aws:asset:path'];
  if (typeof path === 'string') return join(folder, path);
  const [, key] = /([^/"]+)"[\]}]*$/.exec(JSON.stringify(resource.Properties?.['TemplateURL'] ?? '')) ?? [];
  return key === undefined ? undefined : assets.get(key);
}

function withDependencies(stacks: readonly AssemblyStack[], wanted: string): AssemblyStack[] {
  const first = stacks.find((stack) => [stack.name, stack.displayName, stack.artifactId].includes(wanted));
  if (first === undefined) {
    const names = stacks.map((stack) => stack.name).join(', ');
    throw new StartError(`There is no stack ${wanted} in the app.`, `Name one of these: ${names}.`);
  }
  const taken = new Set<AssemblyStack>();
  const take = (stack: AssemblyStack): void => {
    if (taken.has(stack)) return;
    taken.add(stack);
    for (const candidate of stacks) if (stack.dependencies.includes(candidate.artifactId)) take(candidate);
  };
  take(first);
  return stacks.filter((stack) => taken.has(stack));
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new StartError(`${file} cannot be read: ${(cause as Error).message}.`, 'Run "cdk synth" again.', { cause });
  }
}
