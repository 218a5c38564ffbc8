import { isDeepStrictEqual } from 'node:util';
import type { BackendSchema, ResourceSchema, SchemaChange } from './backend-schema.ts';
import { compareModels } from './compare-models.ts';
import { contentOf, typeName } from './stateful-resources.ts';

const show = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));

const lost = (logicalId: string, { type, holds }: ResourceSchema, moved: string | undefined): SchemaChange => ({
  name: `drop-resource:${logicalId}`,
  isRefused: true,
  what:
    moved === undefined
      ? `the ${typeName(type)} ${logicalId} (${holds}) is gone, and with it ${contentOf(type)}`
      : `the ${typeName(type)} of ${holds} has the logical id ${moved} in place of ${logicalId}: CloudFormation would make a new, empty one, and drop ${contentOf(type)}`,
  advice: 'Leave the ids of the constructs around it as they were.',
});

const replaced = (logicalId: string, before: ResourceSchema, after: ResourceSchema): readonly SchemaChange[] => {
  const changed = Object.keys({ ...before.immutable, ...after.immutable }).filter(
    (name) => !isDeepStrictEqual(before.immutable[name], after.immutable[name]),
  );
  return changed.map((name) => ({
    name: `replace-resource:${logicalId}`,
    isRefused: true,
    what: `${name} of the ${typeName(before.type)} ${logicalId} (${before.holds}) was ${show(before.immutable[name])} and is ${show(after.immutable[name])}: CloudFormation would replace it by an empty one, and drop ${contentOf(before.type)}`,
    advice: 'Leave it as it was.',
  }));
};

const compareResources = (before: BackendSchema, after: BackendSchema, droppedModels: ReadonlySet<string>): readonly SchemaChange[] =>
  Object.entries(before.resources).flatMap(([logicalId, old]) => {
    const now = after.resources[logicalId];
    if (now !== undefined && now.type === old.type) return replaced(logicalId, old, now);
    // The loss of the model says it already.
    if (droppedModels.has(old.holds)) return [];
    const moved = Object.keys(after.resources).find(
      (id) => before.resources[id] === undefined && after.resources[id]?.type === old.type && after.resources[id]?.holds === old.holds,
    );
    return [lost(logicalId, old, moved)];
  });

/** How the lock file names the table of a model: by the name under which it is stored. */
export const recordsOf = (storedName: string): string => `the records of ${storedName}`;

/** All differences between the schema that was accepted and the one that is defined. */
export const compareSchemas = (before: BackendSchema, after: BackendSchema): readonly SchemaChange[] => {
  const models = compareModels(before, after);
  const dropped = models.filter(({ name }) => name.startsWith('drop-model:')).map(({ name }) => name.slice('drop-model:'.length));
  const tables = new Set(dropped.map((name) => recordsOf(before.models[name]?.storedAs ?? name)));
  return [...models, ...compareResources(before, after, tables)];
};
