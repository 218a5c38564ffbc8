import type { ResourceDeclaration, Template } from './template.ts';

/** Whether a type is the app's own: CloudFormation leaves such resources to the function in their `ServiceToken`. */
export const isCustomType = (type: string): boolean => type === 'AWS::CloudFormation::CustomResource' || type.startsWith('Custom::');

/**
 * The handlers of CDK's own custom resources, from https://github.com/aws/aws-cdk/tree/main/packages/@aws-cdk/custom-resource-handlers and
 * the provider framework: they call AWS's SDK of the runtime and answer by HTTPS only, so they can't run here. What they do (log
 * retention, emptying a bucket that is deleted) means nothing locally, or a service does it itself (bucket notifications).
 */
const CDK_HANDLERS = /^(?:__entrypoint__\.|framework\.)/;

/** The function of the same template that answers for a custom resource, if it is one that can run here: Node, and the app's own. */
export function customHandlerOf({ Resources }: Template, { Properties }: ResourceDeclaration): string | undefined {
  const [logicalId, attribute] = getAttOf(Properties?.['ServiceToken']);
  const { Type, Properties: code } = Resources?.[logicalId ?? ''] ?? {};
  if (attribute !== 'Arn' || Type !== 'AWS::Lambda::Function') return undefined;
  return String(code?.['Runtime']).startsWith('nodejs') && !CDK_HANDLERS.test(String(code?.['Handler'])) ? logicalId : undefined;
}

function getAttOf(value: unknown): readonly string[] {
  const argument = (value as { 'Fn::GetAtt'?: unknown } | undefined)?.['Fn::GetAtt'];
  return typeof argument === 'string' ? argument.split('.') : Array.isArray(argument) ? argument.map(String) : [];
}
