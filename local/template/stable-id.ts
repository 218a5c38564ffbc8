import { createHash } from 'node:crypto';
import type { TemplateResource } from '../services/service.ts';

/** Hexadecimal digits that stay the same for one resource over all starts. */
export function stableId(resource: Pick<TemplateResource, 'stackName' | 'logicalId'>, length = 8): string {
  return createHash('sha256').update(`${resource.stackName}/${resource.logicalId}`).digest('hex').slice(0, length);
}

/** The name that CloudFormation would make up for a resource without one: stack, logical id and a suffix. */
export function generatedName(resource: Pick<TemplateResource, 'stackName' | 'logicalId'>, maxLength: number): string {
  const suffix = `-${stableId(resource)}`;
  return `${resource.stackName}-${resource.logicalId}`.slice(0, maxLength - suffix.length) + suffix;
}
