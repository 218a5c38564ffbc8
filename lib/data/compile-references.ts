import type { CompiledReference } from '../../contracts/compiled.ts';
import type { AnyModel, BelongsTo, Relation } from '../../contracts/model.ts';

/** A model, and how errors name it. */
export interface ReferenceSource {
  readonly model: AnyModel;
  readonly at: string;
}

type Sources = ReadonlyMap<string, ReferenceSource>;

const belongsToOf = ({ model }: ReferenceSource): readonly (readonly [string, BelongsTo])[] =>
  Object.entries((model.definition.relations ?? {}) as Readonly<Record<string, Relation>>).flatMap(([key, relation]) =>
    relation.kind === 'belongsTo' ? [[key, relation] as const] : [],
  );

/** The relations of a model that a delete elsewhere means something to. */
const dependsOn = (source: ReferenceSource): readonly (readonly [string, BelongsTo & CompiledReference])[] =>
  belongsToOf(source).flatMap(([key, relation]) =>
    relation.onDelete === 'keep' ? [] : [[key, { ...relation, onDelete: relation.onDelete }] as const],
  );

const checkTtl = (source: ReferenceSource, sources: Sources): void => {
  for (const [key, { model, onDelete }] of dependsOn(source)) {
    const at = `${source.at}.relations.${key}`;
    if (source.model.definition.ttl !== undefined) {
      throw new Error(`${at} has onDelete '${onDelete}', but the records end by themselves (ttl), which nobody counts: use 'keep'`);
    }
    if (sources.get(model)?.model.definition.ttl !== undefined) {
      throw new Error(`${at} has onDelete '${onDelete}', but records of ${model} end by themselves (ttl), which is no delete: use 'keep'`);
    }
  }
};

const checkOneMeaning = (source: ReferenceSource): void => {
  const byField = new Map<string, BelongsTo>();
  for (const [key, relation] of dependsOn(source)) {
    const other = byField.get(relation.field);
    if (other !== undefined) {
      throw new Error(
        `${source.at}.relations.${key} is of the field ${relation.field}, as another relation with onDelete: use a second field`,
      );
    }
    byField.set(relation.field, relation);
  }
};

/** A cascade that a restriction stops midway would leave records behind. */
const checkCascades = (sources: Sources): void => {
  const relations = [...sources].flatMap(([name, source]) => dependsOn(source).map(([key, relation]) => ({ name, source, key, relation })));
  const cascading = new Map(relations.filter(({ relation }) => relation.onDelete === 'cascade').map((each) => [each.name, each]));
  for (const { source, key, relation } of relations) {
    const cascade = relation.onDelete === 'restrict' ? cascading.get(relation.model) : undefined;
    if (cascade === undefined) continue;
    throw new Error(
      `${source.at}.relations.${key} has onDelete 'restrict', but records of ${relation.model} are deleted with those of ${cascade.relation.model} (cascade of ${cascade.key}), which a restriction cannot stop: use 'cascade' or 'setNull' here, or 'restrict' there`,
    );
  }
};

/** What deletes mean to the records of a model, from both ends. */
export interface CompiledReferences {
  readonly references: readonly CompiledReference[];
  readonly referrers: readonly CompiledReference[];
}

/**
 * Finds for each model which deletes elsewhere mean something to its records, and to which records its own deletes do.
 *
 * @throws Error where a delete could not be followed: records that end by themselves, and restrictions behind cascades
 */
export const compileReferences = (sources: Sources): ((name: string) => CompiledReferences) => {
  for (const source of sources.values()) {
    checkTtl(source, sources);
    checkOneMeaning(source);
  }
  checkCascades(sources);
  const all = [...sources].flatMap(([name, source]) =>
    dependsOn(source).map(([, { model, field, onDelete }]) => ({ from: name, to: model, field, onDelete })),
  );
  return (name) => ({
    references: all.filter(({ from }) => from === name).map(({ to, field, onDelete }) => ({ model: to, field, onDelete })),
    referrers: all.filter(({ to }) => to === name).map(({ from, field, onDelete }) => ({ model: from, field, onDelete })),
  });
};
