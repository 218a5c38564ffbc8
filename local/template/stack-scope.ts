import type {
  LocalAccount,
  LocalAddresses,
  LocalServiceType,
  ResolvedResource,
  ResourceIdentity,
  TemplateResource,
} from '../services/service.ts';
import { customHandlerOf, isCustomType } from './custom-types.ts';
import { evaluate, evaluateCondition, noValue, type Scope } from './evaluate.ts';
import { genericIdentity, genericNameProperty } from './generic-identity.ts';
import { isMetadataType } from './metadata-types.ts';
import { pseudoParameter } from './pseudo-parameters.ts';
import { needsOf } from './references.ts';
import type { OutputDeclaration, ResourceDeclaration, StackTemplate, TemplateParameter } from './template.ts';
import { at, PendingValueError, TemplateError, type TemplateSite, UnknownAttributeError, unlessPending } from './template-error.ts';

/** How a service names its resources. */
export type Identify = LocalServiceType['identify'];

/** What a stack knows beyond its own template. */
export interface StackSurroundings {
  readonly account: LocalAccount;
  readonly addresses: LocalAddresses;
  /** Undefined for types that no local service owns. */
  identifyOf(type: string): Identify | undefined;
  exported(name: string): unknown;
  stackOutput(stackName: string, outputName: string): unknown;
  /** A parameter's value by the name of the SSM parameter that is its default. */
  ssmParameter(name: string): unknown;
  assembled(text: string): string;
  /** What a custom resource gave when it ran, by its key; undefined before that. */
  customResult(key: string): ResourceIdentity | undefined;
  /** Told of each identity that was made. */
  identified(identity: ResourceIdentity): void;
}

interface StackScopeOptions {
  readonly name: string;
  readonly stack: StackTemplate;
  readonly surroundings: StackSurroundings;
  /** A value given from outside: by the parent stack, the manifest or the caller. */
  readonly givenParameter: (name: string) => unknown;
}

interface Memo<Value> {
  readonly values: Map<string, Value>;
  /** What is being worked out now. */
  readonly open: Set<string>;
}

const memo = <Value>(): Memo<Value> => ({ values: new Map(), open: new Set() });

/** One stack or nested stack: resolves names lazily, each once. */
export class StackScope implements Scope {
  readonly name: string;
  readonly children = new Map<string, StackScope>();
  readonly #stack: StackTemplate;
  readonly #surroundings: StackSurroundings;
  readonly #givenParameter: (name: string) => unknown;
  readonly #conditions = memo<boolean>();
  readonly #properties = memo<Readonly<Record<string, unknown>>>();
  readonly #identities = memo<ResourceIdentity>();

  constructor(options: StackScopeOptions) {
    this.name = options.name;
    this.#stack = options.stack;
    this.#surroundings = options.surroundings;
    this.#givenParameter = options.givenParameter;
    for (const [logicalId, stack] of options.stack.nested) {
      if (!this.isActive(this.#stack.template.Resources?.[logicalId], logicalId)) continue;
      const site = this.#site(`${logicalId}.Properties.Parameters`);
      const given = (this.#stack.template.Resources?.[logicalId]?.Properties?.['Parameters'] ?? {}) as Readonly<Record<string, unknown>>;
      const givenParameter = (name: string): unknown => (name in given ? evaluate(given[name], this, at(site, name)) : undefined);
      this.children.set(
        logicalId,
        new StackScope({ name: `${this.name}-${logicalId}`, stack, surroundings: this.#surroundings, givenParameter }),
      );
    }
  }

  get stackId(): string {
    return String(pseudoParameter('AWS::StackId', this.name, this.#surroundings.account));
  }

  get region(): string {
    return this.#surroundings.account.region;
  }

  /** The resources whose condition holds, in the template's order. */
  activeResources(): [logicalId: string, declaration: ResourceDeclaration][] {
    return Object.entries(this.#stack.template.Resources ?? {}).filter(([id, declaration]) => this.isActive(declaration, id));
  }

  activeOutputs(): [name: string, declaration: OutputDeclaration][] {
    return Object.entries(this.#stack.template.Outputs ?? {}).filter(([id, declaration]) => this.isActive(declaration, `Outputs.${id}`));
  }

  isActive(declaration: { readonly Condition?: string } | undefined, path: string): boolean {
    return declaration?.Condition === undefined || this.condition(declaration.Condition, this.#site(path));
  }

  /** Whether a resource is a custom one whose function runs locally. */
  runsAsCustom(declaration: ResourceDeclaration): boolean {
    const { Type: type } = declaration;
    if (!isCustomType(type) || isMetadataType(type) || this.#surroundings.identifyOf(type) !== undefined) return false;
    return customHandlerOf(this.#stack.template, declaration) !== undefined;
  }

  /** The properties of a custom resource whose function can be called: nothing of the function waits either. */
  customProperties(logicalId: string, declaration: ResourceDeclaration): Readonly<Record<string, unknown>> {
    const handlerId = customHandlerOf(this.#stack.template, declaration) ?? '';
    const handler = this.#stack.template.Resources?.[handlerId];
    if (handler !== undefined) this.properties(handlerId, handler);
    return this.properties(logicalId, declaration);
  }

  /** What must be there before a resource, of this stack. */
  needsOf(logicalId: string): ReadonlySet<string> {
    return needsOf(this.#stack.template, logicalId);
  }

  resolvedResource(logicalId: string, declaration: ResourceDeclaration): ResolvedResource {
    const properties = this.properties(logicalId, declaration);
    const identity = this.identity(logicalId, this.#site(logicalId));
    return { logicalId, stackName: this.name, type: declaration.Type, properties, ...identity };
  }

  output(name: string, site = this.#site(`Outputs.${name}`)): unknown {
    const declaration = this.#stack.template.Outputs?.[name];
    if (declaration === undefined || !this.isActive(declaration, `Outputs.${name}`)) {
      throw new TemplateError(site, `${this.name} has no output ${name}`);
    }
    return evaluate(declaration.Value, this, this.#site(`Outputs.${name}.Value`));
  }

  exportName(name: string, declaration: OutputDeclaration): unknown {
    return declaration.Export && evaluate(declaration.Export.Name, this, this.#site(`Outputs.${name}.Export.Name`));
  }

  properties(logicalId: string, declaration: ResourceDeclaration): Readonly<Record<string, unknown>> {
    return this.#once(this.#properties, logicalId, this.#site(logicalId), () => {
      const resolved = evaluate(declaration.Properties ?? {}, this, this.#site(`${logicalId}.Properties`));
      return resolved as Readonly<Record<string, unknown>>;
    });
  }

  identity(logicalId: string, site: TemplateSite): ResourceIdentity {
    const declaration = this.#stack.template.Resources?.[logicalId];
    if (declaration === undefined || !this.isActive(declaration, logicalId)) {
      throw new TemplateError(site, `there is no resource ${logicalId}${declaration ? ' (its condition is false)' : ''}`);
    }
    return this.#once(this.#identities, logicalId, site, () => {
      const identity = this.#identify({ logicalId, stackName: this.name, type: declaration.Type, properties: {} }, declaration, site);
      this.#surroundings.identified(identity);
      return identity;
    });
  }

  reference(name: string, site: TemplateSite): unknown {
    const pseudo = pseudoParameter(name, this.name, this.#surroundings.account);
    if (pseudo !== undefined) return name === 'AWS::NoValue' ? noValue : pseudo;
    const parameter = this.#stack.template.Parameters?.[name];
    if (parameter !== undefined) return this.#parameter(name, parameter, site);
    return this.identity(name, site).ref;
  }

  attribute(logicalId: string, attribute: string, site: TemplateSite): unknown {
    const child = this.children.get(logicalId);
    if (child !== undefined && attribute.startsWith('Outputs.')) return child.output(attribute.slice('Outputs.'.length), site);
    const value = this.identity(logicalId, site).attributes[attribute];
    if (value !== undefined) return value;
    const type = this.#stack.template.Resources?.[logicalId]?.Type ?? '';
    if (isCustomType(type) && this.#surroundings.customResult(`${this.name}/${logicalId}`) !== undefined)
      throw new TemplateError(site, `Fn::GetAtt ${logicalId}.${attribute}: the custom resource gave no ${attribute} in its Data`);
    const problem = `Fn::GetAtt ${logicalId}.${attribute}: ${type} has no attribute ${attribute} locally`;
    throw this.#surroundings.identifyOf(type) === undefined ? new UnknownAttributeError(site, problem) : new TemplateError(site, problem);
  }

  condition(name: string, site: TemplateSite): boolean {
    const expression = this.#stack.template.Conditions?.[name];
    if (expression === undefined) throw new TemplateError(site, `there is no condition ${name}`);
    return this.#once(this.#conditions, name, site, () => evaluateCondition(expression, this, this.#site(`Conditions.${name}`)));
  }

  mapped(map: string, first: string, second: string): unknown {
    return this.#stack.template.Mappings?.[map]?.[first]?.[second];
  }

  imported(exportName: string, site: TemplateSite): unknown {
    const value = this.#surroundings.exported(exportName);
    if (value === undefined)
      throw new TemplateError(
        site,
        `Fn::ImportValue: no stack of this run exports ${exportName}`,
        'Run the stack that exports it, too: local mode knows nothing of stacks that are deployed already.',
      );
    return value;
  }

  stackOutput(stackName: string, outputName: string, site: TemplateSite): unknown {
    const value = this.#surroundings.stackOutput(stackName, outputName);
    if (value === undefined)
      throw new TemplateError(site, `Fn::GetStackOutput: no stack ${stackName} of this run has an output ${outputName}`);
    return value;
  }

  assembled(text: string): string {
    return this.#surroundings.assembled(text);
  }

  #identify(resource: TemplateResource, declaration: ResourceDeclaration, site: TemplateSite): ResourceIdentity {
    const { account, addresses } = this.#surroundings;
    const identify = this.#surroundings.identifyOf(resource.type);
    if (identify !== undefined) {
      return identify({ ...resource, properties: this.#knownProperties(resource.logicalId, declaration) }, account, addresses);
    }
    if (this.runsAsCustom(declaration)) {
      const key = `${this.name}/${resource.logicalId}`;
      const result = this.#surroundings.customResult(key);
      if (result === undefined) throw new PendingValueError(site, key);
      return result;
    }
    const property = genericNameProperty(resource.type);
    const name = property && declaration.Properties?.[property];
    if (property === undefined || name === undefined) return genericIdentity(resource, account);
    const resolved = evaluate(name, this, this.#site(`${resource.logicalId}.Properties.${property}`));
    return genericIdentity({ ...resource, properties: { [property]: resolved } }, account);
  }

  /** A name seldom needs all properties: those that wait for a custom resource are in the way only when they are read. */
  #knownProperties(logicalId: string, declaration: ResourceDeclaration): Readonly<Record<string, unknown>> {
    const all = unlessPending(() => this.properties(logicalId, declaration));
    if (!(all instanceof PendingValueError)) return all;
    const known: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(declaration.Properties ?? {})) {
      const resolved = unlessPending(() => evaluate(value, this, this.#site(`${logicalId}.Properties.${name}`)));
      if (resolved instanceof PendingValueError) {
        const raise = (): never => {
          throw resolved;
        };
        Object.defineProperty(known, name, { enumerable: true, get: raise });
      } else if (resolved !== noValue) {
        known[name] = resolved;
      }
    }
    return known;
  }

  #parameter(name: string, parameter: TemplateParameter, site: TemplateSite): unknown {
    const given = this.#givenParameter(name);
    const isSsm = given === undefined && parameter.Type.startsWith('AWS::SSM::Parameter::Value<');
    const value = given ?? (isSsm ? this.#surroundings.ssmParameter(String(parameter.Default)) : parameter.Default);
    if (value === undefined) {
      const reason = isSsm ? `there is no SSM parameter ${String(parameter.Default)}` : 'it has no default';
      throw new TemplateError(
        site,
        `Ref: the parameter ${name} has no value locally (${reason})`,
        'Give the parameter a default, or pass its value to startLocal.',
      );
    }
    const isList = parameter.Type === 'CommaDelimitedList' || parameter.Type.includes('List<');
    return isList && typeof value === 'string' ? value.split(',').map((item) => item.trim()) : value;
  }

  /** Works a value out when it is first asked for, and finds values that need themselves. */
  #once<Value>(known: Memo<Value>, name: string, site: TemplateSite, work: () => Value): Value {
    const value = known.values.get(name);
    if (value !== undefined) return value;
    if (known.open.has(name)) throw new TemplateError(site, `${name} depends on itself: ${[...known.open, name].join(' → ')}`);
    known.open.add(name);
    try {
      const made = work();
      known.values.set(name, made);
      return made;
    } finally {
      known.open.delete(name);
    }
  }

  #site(path: string): TemplateSite {
    return { stackName: this.name, path };
  }
}
