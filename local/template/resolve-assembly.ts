import type { LocalAccount, LocalAddresses, ResolvedResource, ResourceIdentity } from '../services/service.ts';
import { isMetadataType } from './metadata-types.ts';
import type { Assembly, AssemblyStack } from './read-assembly.ts';
import { type Identify, StackScope, type StackSurroundings } from './stack-scope.ts';
import type { StackTemplate } from './template.ts';
import { PendingValueError, UnknownAttributeError, unlessPending } from './template-error.ts';

export interface ResolveOptions {
  readonly account: LocalAccount;
  readonly addresses: LocalAddresses;
  /** How the owner of a type names its resources; undefined for types that no local service owns. */
  identifyOf(type: string): Identify | undefined;
  /** Values for template parameters, over their defaults. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** What the custom resources gave that have run already, by their keys. @default none has run */
  readonly customResults?: ReadonlyMap<string, ResourceIdentity>;
  /** Told what is left out. */
  warn(message: string): void;
}

/** A custom resource that local mode runs. */
export interface CustomResource {
  /** `Stack/LogicalId` */
  readonly key: string;
  readonly logicalId: string;
  readonly stackName: string;
  readonly stackId: string;
  readonly type: string;
  /** Undefined while a value in them, or the function itself, waits for another custom resource. */
  readonly properties: Readonly<Record<string, unknown>> | undefined;
  /** The keys of the custom resources that run before it. */
  readonly after: readonly string[];
}

/** An assembly without any intrinsic. */
export interface ResolvedAssembly {
  /** The resources of all types that a local service owns. */
  readonly resources: readonly ResolvedResource[];
  /** By stack, then by output. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** The types that no local service runs, with how many there are. */
  readonly notRun: ReadonlyMap<string, number>;
  readonly custom: readonly CustomResource[];
  /** The resources that are left out because they wait for a custom resource: each says which. */
  readonly pending: readonly { readonly type: string; readonly reason: PendingValueError }[];
}

/** `cdk bootstrap` keeps its version under such a name; every template asks for it. */
const BOOTSTRAP_VERSION_PARAMETER = /^\/cdk-bootstrap\/.*\/version$/;
const BOOTSTRAP_VERSION = '30';

/**
 * Resolves every intrinsic that matters to local services: names first, each when it is first asked for.
 *
 * @throws TemplateError naming the logical id, the property's path and the intrinsic that can't be resolved
 */
export function resolveAssembly(assembly: Assembly, options: ResolveOptions): ResolvedAssembly {
  const roots: { readonly stack: AssemblyStack; readonly scope: StackScope }[] = [];
  const endpoints = new Map<string, string>();
  const allScopes = (): StackScope[] => roots.flatMap(({ scope }) => withChildren(scope));
  const surroundings: StackSurroundings = {
    ...options,
    identifyOf: (type) => options.identifyOf(type),
    exported: (name) => exported(allScopes(), name),
    stackOutput: (stackName, outputName) => roots.find(({ stack }) => stack.name === stackName)?.scope.output(outputName),
    ssmParameter: (name) => (BOOTSTRAP_VERSION_PARAMETER.test(name) ? BOOTSTRAP_VERSION : ssmParameter(allScopes(), name)),
    customResult: (key) => options.customResults?.get(key),
    assembled: (text) => localUrls(text, endpoints),
    identified: ({ ref, attributes }) => {
      if (attributes['ApiEndpoint'] !== undefined) endpoints.set(ref, attributes['ApiEndpoint']);
    },
  };
  for (const stack of assembly.stacks) {
    const givenParameter = (name: string): unknown => options.parameters?.[name] ?? stack.parameters[name];
    roots.push({ stack, scope: new StackScope({ name: stack.name, stack, surroundings, givenParameter }) });
  }
  const owned = (type: string): boolean => options.identifyOf(type) !== undefined;
  const pending: ResolvedAssembly['pending'][number][] = [];
  const resources = allScopes().flatMap((scope) =>
    scope.activeResources().flatMap(([id, declaration]) => {
      if (!owned(declaration.Type)) return [];
      const resolved = unlessPending(() => scope.resolvedResource(id, declaration));
      if (!(resolved instanceof PendingValueError)) return [resolved];
      pending.push({ type: declaration.Type, reason: resolved });
      return [];
    }),
  );
  return {
    resources,
    outputs: Object.fromEntries(roots.map(({ scope }) => [scope.name, outputsOf(scope, options.warn)])),
    notRun: countNotRun(allScopes(), owned),
    custom: allScopes().flatMap((scope) => customResourcesOf(scope)),
    pending,
  };
}

function customResourcesOf(scope: StackScope): CustomResource[] {
  const own = scope.activeResources().filter(([, declaration]) => scope.runsAsCustom(declaration));
  return own.map(([logicalId, declaration]) => {
    const needs = scope.needsOf(logicalId);
    const properties = unlessPending(() => scope.customProperties(logicalId, declaration));
    return {
      ...{ key: `${scope.name}/${logicalId}`, logicalId, stackName: scope.name, stackId: scope.stackId, type: declaration.Type },
      properties: properties instanceof PendingValueError ? undefined : properties,
      after: own.filter(([other]) => needs.has(other)).map(([other]) => `${scope.name}/${other}`),
    };
  });
}

/** A CDK app builds URLs from the ids of APIs and the domain names of distributions; here they answer at their own addresses, without TLS. */
function localUrls(text: string, endpoints: ReadonlyMap<string, string>): string {
  if (!text.includes('https://')) return text;
  return text
    .replaceAll('https://127.0.0.1:', 'http://127.0.0.1:')
    .replace(/https:\/\/([\w-]+)\.execute-api\.[\w-]+\.amazonaws\.com/g, (url, apiId: string) => endpoints.get(apiId) ?? url);
}

function withChildren(scope: StackScope): StackScope[] {
  return [scope, ...[...scope.children.values()].flatMap(withChildren)];
}

/** Nothing runs on an output, so one that tells of something that isn't run is left out. */
function outputsOf(scope: StackScope, warn: ResolveOptions['warn']): Record<string, unknown> {
  const outputs: Record<string, unknown> = {};
  for (const [name] of scope.activeOutputs()) {
    try {
      outputs[name] = scope.output(name);
    } catch (error) {
      if (error instanceof PendingValueError) continue;
      if (!(error instanceof UnknownAttributeError)) throw error;
      warn(`an output is left out: ${error.message}`);
    }
  }
  return outputs;
}

function exported(scopes: readonly StackScope[], exportName: string): unknown {
  for (const scope of scopes) {
    for (const [name, declaration] of scope.activeOutputs()) {
      if (scope.exportName(name, declaration) === exportName) return scope.output(name);
    }
  }
  return undefined;
}

function ssmParameter(scopes: readonly StackScope[], parameterName: string): unknown {
  for (const scope of scopes) {
    for (const [id, declaration] of scope.activeResources()) {
      if (declaration.Type !== 'AWS::SSM::Parameter' || declaration.Properties?.['Name'] !== parameterName) continue;
      return scope.properties(id, declaration)['Value'];
    }
  }
  return undefined;
}

function countNotRun(scopes: readonly StackScope[], owned: (type: string) => boolean): Map<string, number> {
  const counts = new Map<string, number>();
  for (const declaration of scopes.flatMap((scope) =>
    scope
      .activeResources()
      .map(([, own]) => own)
      .filter((own) => !scope.runsAsCustom(own)),
  )) {
    const { Type: type } = declaration;
    if (!owned(type) && !isMetadataType(type)) counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return counts;
}

/** A lone template as an assembly, for tests and tools. */
export function assemblyOf(name: string, stack: StackTemplate): Assembly {
  const whole: AssemblyStack = {
    ...stack,
    name,
    displayName: name,
    artifactId: name,
    accountId: undefined,
    region: undefined,
    dependencies: [],
    parameters: {},
  };
  return { stacks: [whole], assetPath: () => undefined };
}
