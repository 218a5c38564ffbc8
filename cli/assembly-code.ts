import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readAssembly } from '../local/template/read-assembly.ts';

/** Where the code of a function lies. */
export interface FunctionCode {
  /** What the template that runs calls it. */
  readonly s3Key: string;
  readonly folder: string;
}

interface TemplateFunction {
  readonly Type?: string;
  Properties?: { Code?: { S3Key?: unknown } };
  Metadata?: Record<string, unknown>;
}

/** The code of the functions of an assembly, by stack and logical id. */
export const codeOf = (assembly: string): ReadonlyMap<string, FunctionCode> => {
  const { stacks, assetPath } = readAssembly(assembly);
  const found = stacks.flatMap(({ name, template }) =>
    Object.entries(template.Resources ?? {}).flatMap(([logicalId, resource]): [string, FunctionCode][] => {
      const { Type, Properties } = resource as TemplateFunction;
      const s3Key = Type === 'AWS::Lambda::Function' ? Properties?.Code?.S3Key : undefined;
      const folder = typeof s3Key === 'string' ? assetPath(s3Key) : undefined;
      return typeof s3Key === 'string' && folder !== undefined ? [[`${name}/${logicalId}`, { s3Key, folder }]] : [];
    }),
  );
  return new Map(found);
};

const withoutCode = (text: string): string => {
  const template = JSON.parse(text) as { Resources?: Record<string, TemplateFunction> };
  for (const { Type, Properties, Metadata } of Object.values(template.Resources ?? {})) {
    if (Type !== 'AWS::Lambda::Function') continue;
    if (Properties?.Code?.S3Key !== undefined) Properties.Code.S3Key = '';
    delete Metadata?.['aws:asset:path'];
  }
  return JSON.stringify(template);
};

/** The templates of an assembly but for the names of the functions' code: two that are the same differ in code at most. */
export const templatesOf = (assembly: string): string =>
  readdirSync(assembly, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.template.json'))
    .sort()
    .map((name) => `${name}\n${withoutCode(readFileSync(join(assembly, name), 'utf8'))}`)
    .join('\n');
