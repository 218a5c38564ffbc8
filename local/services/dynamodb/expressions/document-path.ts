import { type AttributeValue, getAttribute, type Item, setAttribute } from '../values/attribute-value.ts';
import type { DocumentPath } from './expression-tree.ts';

/** The value at a path, undefined when a step is missing or of another type. */
export function valueAt(item: Item, path: DocumentPath): AttributeValue | undefined {
  let value: AttributeValue | undefined = { M: item };
  for (const step of path) {
    value = stepInto(value, step);
    if (value === undefined) return undefined;
  }
  return value;
}

/** One step down; undefined when there is no such member. */
export function stepInto(value: AttributeValue, step: string | number): AttributeValue | undefined {
  if (typeof step === 'number') return 'L' in value ? value.L[step] : undefined;
  return 'M' in value ? getAttribute(value.M, step) : undefined;
}

interface Branch {
  readonly children: Map<string | number, Branch>;
  whole: boolean;
}

/** What a projection keeps: the named parts in their nesting; the chosen elements of a list close up. */
export function project(item: Item, paths: readonly DocumentPath[]): Item {
  const root: Branch = { children: new Map(), whole: false };
  for (const path of paths) {
    let branch = root;
    for (const step of path) {
      const child = branch.children.get(step) ?? { children: new Map(), whole: false };
      branch.children.set(step, child);
      branch = child;
    }
    branch.whole = true;
  }
  return projectMap(item, root);
}

function projectMap(item: Item, branch: Branch): Item {
  const kept: Item = {};
  for (const [step, child] of branch.children) {
    const value = typeof step === 'string' ? getAttribute(item, step) : undefined;
    const projected = value && projectValue(value, child);
    if (projected !== undefined) setAttribute(kept, step as string, projected);
  }
  return kept;
}

function projectValue(value: AttributeValue, branch: Branch): AttributeValue | undefined {
  if (branch.whole) return value;
  if ('M' in value) {
    const kept = projectMap(value.M, branch);
    return Object.keys(kept).length === 0 ? undefined : { M: kept };
  }
  if (!('L' in value)) return undefined;
  const positions = [...branch.children.keys()].filter((step) => typeof step === 'number').sort((a, b) => a - b);
  const kept = positions.flatMap((position) => {
    const member = value.L[position];
    return (member && projectValue(member, branch.children.get(position) as Branch)) ?? [];
  });
  return kept.length === 0 ? undefined : { L: kept };
}
