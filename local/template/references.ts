import { parseSub } from './strings.ts';
import type { ResourceDeclaration, Template } from './template.ts';

/** The logical ids that a resource needs there first: by `DependsOn`, or because a value of it names them. */
function directNeeds(declaration: ResourceDeclaration): Set<string> {
  const names = new Set([declaration.DependsOn ?? []].flat());
  collect(declaration.Properties, names);
  return names;
}

/** All that must be there before a resource, by logical id, without the resource itself. */
export function needsOf(template: Template, logicalId: string): Set<string> {
  const found = new Set<string>();
  const open = [logicalId];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const declaration = template.Resources?.[next];
    if (declaration === undefined) continue;
    for (const name of directNeeds(declaration)) {
      if (found.has(name) || template.Resources?.[name] === undefined) continue;
      found.add(name);
      open.push(name);
    }
  }
  found.delete(logicalId);
  return found;
}

function collect(value: unknown, names: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, names);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    if (key === 'Ref') names.add(String(member));
    else if (key === 'Fn::GetAtt') names.add(String(typeof member === 'string' ? member.split('.')[0] : (member as unknown[])[0]));
    else if (key === 'Fn::Sub') collectSub(member, names);
    collect(member, names);
  }
}

function collectSub(argument: unknown, names: Set<string>): void {
  for (const part of parseSub(String([argument].flat()[0]))) {
    if ('name' in part) names.add(part.name.split('.')[0] ?? '');
  }
}
