import { list, record } from '../apigateway/template-values.ts';

/** Which query strings, headers or cookies a policy names. */
export interface Selection {
  readonly behavior: 'none' | 'whitelist' | 'allExcept' | 'all';
  /** Headers in lower case. */
  readonly names: readonly string[];
}

export const nothing: Selection = { behavior: 'none', names: [] };
export const everything: Selection = { behavior: 'all', names: [] };

/**
 * Reads one part of a cache or origin request policy.
 *
 * @param config for example `{ QueryStringBehavior: 'whitelist', QueryStrings: ['a'] }`
 */
export function readSelection(config: unknown, behaviorKey: string, listKey: string): Selection {
  const own = record(config);
  const behavior = String(own[behaviorKey] ?? 'none');
  const names = list(own[listKey]).map((name) => (listKey === 'Headers' ? name.toLowerCase() : name));
  if (behavior === 'whitelist' || behavior === 'allExcept') return { behavior, names };
  // CloudFront's own headers (`allViewerAndWhitelistCloudFront`) tell of countries and devices, which mean nothing here.
  return behavior.startsWith('all') ? everything : nothing;
}

export function isSelected({ behavior, names }: Selection, name: string): boolean {
  if (behavior === 'none') return false;
  if (behavior === 'all') return true;
  return names.includes(name) === (behavior === 'whitelist');
}
