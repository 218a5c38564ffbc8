import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Resources of a template by logical id. */
export type TemplateResources = Readonly<
  Record<string, { readonly Type: string; readonly Properties?: object; readonly DependsOn?: string }>
>;

/** Writes a cloud assembly of one stack `Test`, as `cdk synth` would, for tests of services that need no construct. */
export function writeAssembly(resources: TemplateResources): string {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-assembly-'));
  const artifact = {
    type: 'aws:cloudformation:stack',
    environment: 'aws://123456789012/eu-central-1',
    properties: { templateFile: 't.json' },
  };
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ version: '36.0.0', artifacts: { Test: artifact } }));
  writeFileSync(join(folder, 't.json'), JSON.stringify({ Resources: resources }));
  return folder;
}

/** A statement of a policy document. */
export const allow = (Action: string | readonly string[], Resource: unknown = '*'): object => ({ Effect: 'Allow', Action, Resource });

/** A role of Lambda functions that may do this. */
export const roleResource = (...statements: readonly object[]) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } }],
    },
    ...(statements.length > 0 && {
      Policies: [{ PolicyName: 'own', PolicyDocument: { Version: '2012-10-17', Statement: statements } }],
    }),
  },
});

/** A function with its code in the template. */
export const functionResource = (roleId: string, code: string, properties: object = {}) => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Role: { 'Fn::GetAtt': [roleId, 'Arn'] },
    Code: { ZipFile: code },
    ...properties,
  },
});

/** `Fn::GetAtt … Arn` */
export const arnOf = (logicalId: string): object => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
