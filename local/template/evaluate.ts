import { parseSub, select, split } from './strings.ts';
import { at, TemplateError, type TemplateSite } from './template-error.ts';

/** What the names in a template mean: one stack, or nested stack, of an assembly. */
export interface Scope {
  readonly region: string;
  /** `Ref`: a pseudo parameter, a parameter or a resource. */
  reference(name: string, site: TemplateSite): unknown;
  /** `Fn::GetAtt`. */
  attribute(logicalId: string, attribute: string, site: TemplateSite): unknown;
  condition(name: string, site: TemplateSite): boolean;
  /** `Fn::FindInMap`; undefined when the map has no such entry. */
  mapped(map: string, first: string, second: string): unknown;
  /** `Fn::ImportValue`. */
  imported(exportName: string, site: TemplateSite): unknown;
  /** `Fn::GetStackOutput`. */
  stackOutput(stackName: string, outputName: string, site: TemplateSite): unknown;
  /** The last word on a text that an intrinsic put together. */
  assembled(text: string): string;
}

/** What `Ref: AWS::NoValue` gives: the member or list item that holds it is left out. */
export const noValue = Symbol('AWS::NoValue');

type Intrinsic = (argument: unknown, scope: Scope, site: TemplateSite) => unknown;

/**
 * Resolves the intrinsic functions of a template value.
 *
 * @throws TemplateError naming the logical id, the property's path and the intrinsic
 */
export function evaluate(value: unknown, scope: Scope, site: TemplateSite): unknown {
  if (Array.isArray(value)) {
    return value.map((item, index) => evaluate(item, scope, at(site, index))).filter((item) => item !== noValue);
  }
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value);
  const [name = '', argument] = members.length === 1 ? (members[0] ?? []) : [];
  if (name === 'Ref' || name.startsWith('Fn::')) return callIntrinsic(name, argument, scope, site);
  const entries = members.map(([key, member]) => [key, evaluate(member, scope, at(site, key))] as const);
  return Object.fromEntries(entries.filter(([, member]) => member !== noValue));
}

/** Evaluates a condition expression: `Fn::Equals`, `Fn::And`, `Fn::Or`, `Fn::Not`, `Condition`. */
export function evaluateCondition(value: unknown, scope: Scope, site: TemplateSite): boolean {
  const [name = '', argument] = Object.entries(value ?? {})[0] ?? [];
  const operands = (): unknown[] => listArgument(argument, name, site);
  switch (name) {
    case 'Condition':
      return scope.condition(String(argument), site);
    case 'Fn::Equals': {
      const [left, right] = operands().map((operand) => evaluate(operand, scope, site));
      return JSON.stringify(left) === JSON.stringify(right);
    }
    case 'Fn::And':
      return operands().every((operand) => evaluateCondition(operand, scope, site));
    case 'Fn::Or':
      return operands().some((operand) => evaluateCondition(operand, scope, site));
    case 'Fn::Not':
      return !evaluateCondition(operands()[0], scope, site);
    default:
      throw new TemplateError(site, `${name || JSON.stringify(value)} is no condition function that runs locally`);
  }
}

function callIntrinsic(name: string, argument: unknown, scope: Scope, site: TemplateSite): unknown {
  const intrinsic = intrinsics[name];
  if (intrinsic === undefined) throw new TemplateError(site, `${name} is not resolved locally`);
  try {
    return intrinsic(argument, scope, site);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new TemplateError(site, `${name}: ${error.message}`);
  }
}

const intrinsics: Readonly<Record<string, Intrinsic>> = {
  Ref: (argument, scope, site) => scope.reference(String(argument), site),
  'Fn::GetAtt': (argument, scope, site) => {
    const [logicalId, ...attribute] = typeof argument === 'string' ? argument.split('.') : listArgument(argument, 'Fn::GetAtt', site);
    const names = attribute.map((part) => text(evaluate(part, scope, site), 'Fn::GetAtt', site));
    return scope.attribute(String(logicalId), names.join('.'), site);
  },
  'Fn::Join': (argument, scope, site) => {
    const [delimiter, items] = listArgument(argument, 'Fn::Join', site);
    const values = listArgument(evaluate(items, scope, site), 'Fn::Join', site);
    return scope.assembled(values.map((item) => text(item, 'Fn::Join', site)).join(String(delimiter)));
  },
  'Fn::Sub': (argument, scope, site) => scope.assembled(substitute(argument, scope, site)),
  'Fn::Select': (argument, scope, site) => {
    const [index, list] = listArgument(argument, 'Fn::Select', site);
    return select(evaluate(index, scope, site), listArgument(evaluate(list, scope, site), 'Fn::Select', site));
  },
  'Fn::Split': (argument, scope, site) => {
    const [delimiter, value] = listArgument(argument, 'Fn::Split', site);
    return split(String(delimiter), text(evaluate(value, scope, site), 'Fn::Split', site));
  },
  'Fn::If': (argument, scope, site) => {
    const [condition, yes, no] = listArgument(argument, 'Fn::If', site);
    return evaluate(scope.condition(String(condition), site) ? yes : no, scope, site);
  },
  'Fn::FindInMap': findInMap,
  'Fn::ImportValue': (argument, scope, site) => scope.imported(text(evaluate(argument, scope, site), 'Fn::ImportValue', site), site),
  'Fn::GetStackOutput': (argument, scope, site) => {
    const { StackName, OutputName } = evaluate(argument, scope, site) as { StackName?: unknown; OutputName?: unknown };
    return scope.stackOutput(String(StackName), String(OutputName), site);
  },
  'Fn::GetAZs': (argument, scope, site) => {
    const region = text(evaluate(argument, scope, site), 'Fn::GetAZs', site) || scope.region;
    return ['a', 'b', 'c'].map((zone) => `${region}${zone}`);
  },
  'Fn::Base64': (argument, scope, site) => Buffer.from(text(evaluate(argument, scope, site), 'Fn::Base64', site)).toString('base64'),
  'Fn::ToJsonString': (argument, scope, site) => JSON.stringify(evaluate(argument, scope, site)),
  'Fn::Length': (argument, scope, site) => listArgument(evaluate(argument, scope, site), 'Fn::Length', site).length,
};

function substitute(argument: unknown, scope: Scope, site: TemplateSite): string {
  const [template, variables] = typeof argument === 'string' ? [argument, {}] : listArgument(argument, 'Fn::Sub', site);
  const own = new Map(Object.entries(variables ?? {}));
  const valueNamed = (name: string): unknown => {
    if (own.has(name)) return evaluate(own.get(name), scope, at(site, name));
    const dot = name.indexOf('.');
    return dot < 0 ? scope.reference(name, site) : scope.attribute(name.slice(0, dot), name.slice(dot + 1), site);
  };
  return parseSub(String(template))
    .map((part) => ('text' in part ? part.text : text(valueNamed(part.name), `Fn::Sub \${${part.name}}`, site)))
    .join('');
}

function findInMap(argument: unknown, scope: Scope, site: TemplateSite): unknown {
  const [map, first, second, options] = listArgument(argument, 'Fn::FindInMap', site);
  const keys = [map, first, second].map((key) => text(evaluate(key, scope, site), 'Fn::FindInMap', site));
  const found = scope.mapped(keys[0] ?? '', keys[1] ?? '', keys[2] ?? '');
  if (found !== undefined) return found;
  const fallback = (options as { DefaultValue?: unknown } | undefined)?.DefaultValue;
  if (fallback !== undefined) return evaluate(fallback, scope, site);
  throw new TemplateError(site, `Fn::FindInMap: there is no ${keys.join('.')} in the mappings`);
}

function listArgument(value: unknown, name: string, site: TemplateSite): unknown[] {
  if (Array.isArray(value)) return value;
  throw new TemplateError(site, `${name} wants a list, not ${JSON.stringify(value) ?? 'nothing'}`);
}

function text(value: unknown, name: string, site: TemplateSite): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new TemplateError(site, `${name} wants a text, not ${value === noValue ? 'AWS::NoValue' : (JSON.stringify(value) ?? 'nothing')}`);
}
