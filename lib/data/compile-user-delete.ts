import type { CompiledIndex, CompiledModel } from '../../contracts/compiled.ts';
import { systemFields } from '../../contracts/data.ts';

const isAlwaysThere = (field: string): boolean => systemFields.some((name) => name === field);

/**
 * What becomes of a deleted user's records.
 *
 * @throws Error for other words, and where no index has all records of an owner
 */
export const compileUserDelete = (choice: unknown, indexes: readonly CompiledIndex[], at: string): Pick<CompiledModel, 'onUserDelete'> => {
  if (choice === undefined || choice === 'keep') return {};
  if (choice !== 'delete') throw new Error(`${at} is ${JSON.stringify(choice)}: use 'keep' or 'delete'`);
  const index = indexes.find(({ partition, sort }) => partition === 'owner' && sort.every(isAlwaysThere));
  if (index !== undefined) return { onUserDelete: { index: index.name } };
  throw new Error(
    `${at} is 'delete', but no index has all records of an owner, since records may lack the fields that byOwner is ordered by: add an index of owner and createdAt`,
  );
};

/** The models of which records of deleted users are deleted: those first whose records keep others from being deleted. */
export const userDeleteOrder = (models: Readonly<Record<string, CompiledModel>>): readonly string[] => {
  const order = new Set<string>();
  const visited = new Set<string>();
  const visit = (name: string): void => {
    if (visited.has(name)) return;
    visited.add(name);
    const model = models[name];
    for (const referrer of model?.referrers ?? []) if (referrer.onDelete === 'restrict') visit(referrer.model);
    if (model?.onUserDelete !== undefined) order.add(name);
  };
  for (const name of Object.keys(models)) visit(name);
  return [...order];
};
