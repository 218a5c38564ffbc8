import type { TemplateResource } from '../../local/services/service.ts';
import { assemblyOf, type ResolvedAssembly, resolveAssembly } from '../../local/template/resolve-assembly.ts';
import type { Template } from '../../local/template/template.ts';

export const testAccount = { accountId: '111122223333', region: 'eu-west-1', partition: 'aws' };

/** Resolves a lone template in which `Test::Owned` is the one type that a service owns. */
export function resolveTemplate(
  template: Template,
  parameters: Record<string, string> = {},
): ResolvedAssembly & { readonly warnings: string[] } {
  const warnings: string[] = [];
  const resolved = resolveAssembly(assemblyOf('Stack', { template, nested: new Map() }), {
    account: testAccount,
    addresses: { apiUrl: 'http://127.0.0.1:4000', endpointUrl: 'http://127.0.0.1:4001' },
    identifyOf: (type) => (type === 'Test::Owned' ? identify : undefined),
    parameters,
    warn: (message) => warnings.push(message),
  });
  return { ...resolved, warnings };
}

const identify = ({ logicalId, properties }: TemplateResource) => ({
  ref: typeof properties['Name'] === 'string' ? properties['Name'] : logicalId.toLowerCase(),
  attributes: { Arn: `arn:test:${logicalId}`, 'Nested.Name': 'deep' },
});

/** What one expression resolves to beside the given rest of a template. */
export function resolveValue(value: unknown, rest: Template = {}, parameters: Record<string, string> = {}): unknown {
  const { resources } = resolveTemplate(
    { ...rest, Resources: { ...rest.Resources, Subject: { Type: 'Test::Owned', Properties: { Value: value } } } },
    parameters,
  );
  return resources.find(({ logicalId }) => logicalId === 'Subject')?.properties['Value'];
}
