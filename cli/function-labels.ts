import { readAssembly } from '../local/template/read-assembly.ts';
import { generatedName } from '../local/template/stable-id.ts';

interface LabelledFunction {
  readonly name: string;
  /** The parts of the construct path between the stack and `Resource`. */
  readonly path: readonly string[];
}

const maxNameLength = 64;

/**
 * Short names for the functions of an assembly by their physical ones: the parts of the construct path in which they differ. For
 * example `data records` for `Notes-BackendDataRecordsFunction086D182E-e1e355b6`.
 */
export const functionLabels = (assembly: string): ReadonlyMap<string, string> => {
  const functions = readAssembly(assembly).stacks.flatMap(({ name: stackName, template }) =>
    Object.entries(template.Resources ?? {}).flatMap(([logicalId, { Type, Metadata, Properties }]): LabelledFunction[] => {
      const path = Metadata?.['aws:cdk:path'];
      if (Type !== 'AWS::Lambda::Function' || typeof path !== 'string') return [];
      const given = Properties?.['FunctionName'];
      const name = typeof given === 'string' ? given : generatedName({ stackName, logicalId }, maxNameLength);
      return [{ name, path: path.split('/').filter((part) => part !== 'Resource' && part !== 'Default') }];
    }),
  );
  const shared = sharedLength(functions.map(({ path }) => path));
  const labels = functions.map(({ name, path }) => [name, words(path.slice(Math.min(shared, path.length - 1)))] as const);
  const isUnique = (label: string): boolean => labels.filter(([, other]) => other === label).length === 1;
  return new Map(labels.filter(([, label]) => isUnique(label)));
};

/** How many leading parts all paths have in common. */
const sharedLength = (paths: readonly (readonly string[])[]): number => {
  const [first = [], ...others] = paths;
  const differing = first.findIndex((part, index) => others.some((path) => path[index] !== part));
  return differing < 0 ? Math.max(first.length - 1, 0) : differing;
};

const words = (path: readonly string[]): string =>
  path
    .map((part) => part.replace(/(Function|Handler)$/, ''))
    .join(' ')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .trim()
    .toLowerCase();
