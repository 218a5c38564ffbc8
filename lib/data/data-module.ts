import { jsonModule } from '../api/compiled-module.ts';
import { compileValidators } from '../schema/compile-validators.ts';
import type { CompiledModels } from './compile-models.ts';

const operations = ['create', 'replace', 'update'] as const;

/** The source of `@compiled/data`. */
export const dataModule = ({ data, schemas }: CompiledModels): string => {
  const names = Object.keys(schemas);
  const byExport = names.flatMap((name) =>
    operations.map((operation) => [`${name}_${operation}`, schemas[name]?.[operation] ?? {}] as const),
  );
  const entries = names.map((name) => `${name}: { ${operations.map((operation) => `${operation}: ${name}_${operation}`).join(', ')} }`);
  return `${jsonModule({ data })}${compileValidators(Object.fromEntries(byExport))}\nexport const validators = { ${entries.join(', ')} };\n`;
};
