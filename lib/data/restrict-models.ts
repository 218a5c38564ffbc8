import type { CompiledModel } from '../../contracts/compiled.ts';
import type { CompiledModels } from './compile-models.ts';
import type { DataUses } from './data-grants.ts';

/** The models that writes to these have to look at: those that their records refer to, and those that forbid a delete. */
const lookedAt = ({ references, referrers }: CompiledModel, uses: DataUses[string]): readonly string[] => [
  ...(uses.includes('create') || uses.includes('update') ? references.map(({ model }) => model) : []),
  ...(uses.includes('delete') ? referrers.filter(({ onDelete }) => onDelete === 'restrict').map(({ model }) => model) : []),
];

const withRelationsTo = (model: CompiledModel, names: ReadonlySet<string>): CompiledModel => {
  const isOpen = (relation: CompiledModel['relations'][string]): boolean =>
    names.has(relation.model) && (relation.kind !== 'manyToMany' || names.has(relation.through));
  return { ...model, relations: Object.fromEntries(Object.entries(model.relations).filter(([, relation]) => isOpen(relation))) };
};

/**
 * The models for a function that uses some of them. Those that it only has to look at are closed: no request may name them.
 * Relations to models that it does not use are left out.
 *
 * @throws Error for names of models that are not there
 */
export const restrictModels = (compiled: CompiledModels, uses: DataUses): CompiledModels => {
  const { models } = compiled.data;
  const unknown = Object.keys(uses).find((name) => !Object.hasOwn(models, name));
  if (unknown !== undefined) {
    throw new Error(`there is no model ${JSON.stringify(unknown)} to be used: use one of ${Object.keys(models).join(', ')}`);
  }
  const open = new Set(Object.keys(uses));
  const closed = new Set(Object.entries(uses).flatMap(([name, own]) => lookedAt(models[name] as CompiledModel, own)));
  const kept = Object.entries(models).filter(([name]) => open.has(name) || closed.has(name));
  const restricted = kept.map(([name, model]): [string, CompiledModel] => {
    const { hooks: _, ...unasked } = model;
    return [name, open.has(name) ? withRelationsTo(model, open) : { ...withRelationsTo(unasked, open), closed: true }];
  });
  return {
    ...compiled,
    data: { models: Object.fromEntries(restricted), isPart: true },
    schemas: Object.fromEntries(Object.entries(compiled.schemas).filter(([name]) => open.has(name) || closed.has(name))),
  };
};
