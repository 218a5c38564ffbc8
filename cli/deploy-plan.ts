import { isDeepStrictEqual } from 'node:util';
import type { SchemaChange } from '../lib/schema-change/backend-schema.ts';
import { contentOf, statefulTypes, typeName } from '../lib/schema-change/stateful-resources.ts';

interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly [section: string]: unknown;
}

/** A CloudFormation template, as far as a plan looks into it. */
export interface StackTemplate {
  readonly Resources?: Readonly<Record<string, TemplateResource>>;
  readonly [section: string]: unknown;
}

/** One deployment. */
export interface DeploymentStep {
  readonly what: string;
  readonly template: StackTemplate;
}

/** How a stack gets from what is deployed to what is defined. */
export interface DeploymentPlan {
  /** What would lose data. */
  readonly refused: readonly SchemaChange[];
  /** New indexes, one by one, while the deployed code runs on. */
  readonly before: readonly DeploymentStep[];
  /** Everything else. */
  readonly main: DeploymentStep;
  /** Indexes that no code needs any more, one by one. */
  readonly after: readonly DeploymentStep[];
}

interface KeyElement {
  readonly AttributeName: string;
}
interface TableIndex {
  readonly IndexName: string;
  readonly KeySchema: readonly KeyElement[];
  readonly Projection?: unknown;
}
interface AttributeDefinition {
  readonly AttributeName: string;
  readonly AttributeType: string;
}
interface TableProperties {
  readonly KeySchema?: readonly KeyElement[];
  readonly AttributeDefinitions?: readonly AttributeDefinition[];
  readonly GlobalSecondaryIndexes?: readonly TableIndex[];
  readonly LocalSecondaryIndexes?: readonly TableIndex[];
}

/** What happens to the indexes of one table. */
interface IndexChanges {
  readonly logicalId: string;
  readonly added: readonly TableIndex[];
  readonly removed: readonly TableIndex[];
  /** The definitions of all attributes, before and after. */
  readonly attributes: readonly AttributeDefinition[];
}

const tableType = 'AWS::DynamoDB::Table';
const propertiesOf = (resource: TemplateResource | undefined): TableProperties => (resource?.Properties ?? {}) as TableProperties;
const indexesOf = (resource: TemplateResource | undefined): readonly TableIndex[] => propertiesOf(resource).GlobalSecondaryIndexes ?? [];

const show = (value: unknown): string => JSON.stringify(value) ?? 'nothing';

const lossOf = (logicalId: string, before: TemplateResource, after: TemplateResource | undefined): readonly SchemaChange[] => {
  const what = `the ${typeName(before.Type)} ${logicalId}`;
  if (after === undefined || after.Type !== before.Type) {
    return [
      {
        name: `drop-resource:${logicalId}`,
        isRefused: true,
        what: `${what} is deployed and no longer defined: ${contentOf(before.Type)} would be lost, or left behind where the stack does not find them`,
        advice: 'Leave it in the definition, and the ids of the constructs around it as they were.',
      },
    ];
  }
  return (statefulTypes[before.Type] ?? [])
    .filter((property) => !isDeepStrictEqual(before.Properties?.[property], after.Properties?.[property]))
    .map((property) => ({
      name: `replace-resource:${logicalId}`,
      isRefused: true,
      what: `${property} of ${what} is ${show(before.Properties?.[property])} and would be ${show(after.Properties?.[property])}: CloudFormation would replace it by an empty one`,
      advice: 'Leave it as it is.',
    }));
};

const keyOf = (resource: TemplateResource | undefined, { KeySchema, Projection }: TableIndex): unknown => {
  const types = new Map(
    propertiesOf(resource).AttributeDefinitions?.map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType]),
  );
  return [KeySchema.map((element) => [element, types.get(element.AttributeName)]), Projection];
};

const changedIndexes = (logicalId: string, before: TemplateResource, after: TemplateResource | undefined): readonly SchemaChange[] =>
  indexesOf(before).flatMap((index) => {
    const now = indexesOf(after).find(({ IndexName }) => IndexName === index.IndexName);
    if (now === undefined || isDeepStrictEqual(keyOf(before, index), keyOf(after, now))) return [];
    return [
      {
        name: `change-index:${logicalId}.${index.IndexName}`,
        isRefused: true,
        what: `the index ${index.IndexName} of ${logicalId} would get another key, which DynamoDB cannot do`,
        advice: 'Give the new index another name, deploy it, and remove the old one later.',
      },
    ];
  });

const changesOf = (deployed: StackTemplate, next: StackTemplate): readonly IndexChanges[] =>
  Object.entries(deployed.Resources ?? {}).flatMap(([logicalId, before]) => {
    const after = next.Resources?.[logicalId];
    if (before.Type !== tableType || after?.Type !== tableType) return [];
    const isIn = (indexes: readonly TableIndex[], { IndexName }: TableIndex): boolean =>
      indexes.some((each) => each.IndexName === IndexName);
    const added = indexesOf(after).filter((index) => !isIn(indexesOf(before), index));
    const removed = indexesOf(before).filter((index) => !isIn(indexesOf(after), index));
    const attributes = [...(propertiesOf(after).AttributeDefinitions ?? []), ...(propertiesOf(before).AttributeDefinitions ?? [])];
    return added.length + removed.length === 0 ? [] : [{ logicalId, added, removed, attributes }];
  });

/** A table with further indexes. DynamoDB wants the definitions of exactly those attributes that are in keys. */
const withIndexes = (template: StackTemplate, { logicalId, attributes }: IndexChanges, further: readonly TableIndex[]): StackTemplate => {
  const table = template.Resources?.[logicalId];
  if (table === undefined || further.length === 0) return template;
  const properties = propertiesOf(table);
  const indexes = [...(properties.GlobalSecondaryIndexes ?? []), ...further];
  const keys = [properties.KeySchema ?? [], ...[...indexes, ...(properties.LocalSecondaryIndexes ?? [])].map(({ KeySchema }) => KeySchema)];
  const names = [...new Set(keys.flat().map(({ AttributeName }) => AttributeName))];
  const definitions = names.flatMap((name) => attributes.find(({ AttributeName }) => AttributeName === name) ?? []);
  const changed = { ...table, Properties: { ...table.Properties, AttributeDefinitions: definitions, GlobalSecondaryIndexes: indexes } };
  return { ...template, Resources: { ...template.Resources, [logicalId]: changed } };
};

const listOf = (verb: string, changes: readonly IndexChanges[], indexOf: (change: IndexChanges) => TableIndex | undefined): string =>
  `${verb} ${changes.flatMap((change) => (indexOf(change) === undefined ? [] : [`${indexOf(change)?.IndexName} of ${change.logicalId}`])).join(', ')}`;

const most = (changes: readonly IndexChanges[], lengthOf: (change: IndexChanges) => number): number =>
  Math.max(0, ...changes.map(lengthOf));

/** The deployed template with ever more of the new indexes, up to those that the main deployment adds. */
const addingSteps = (deployed: StackTemplate, changes: readonly IndexChanges[]): readonly DeploymentStep[] =>
  Array.from({ length: most(changes, ({ added }) => added.length - 1) }, (_, step) => ({
    what: listOf('adds the index', changes, ({ added }) => (step < added.length - 1 ? added[step] : undefined)),
    template: changes.reduce(
      (template, change) => withIndexes(template, change, change.added.slice(0, Math.min(step + 1, change.added.length - 1))),
      deployed,
    ),
  }));

/** The new template with ever fewer of the indexes that it does not have. */
const removingSteps = (next: StackTemplate, changes: readonly IndexChanges[]): readonly DeploymentStep[] =>
  Array.from({ length: most(changes, ({ removed }) => removed.length) }, (_, step) => ({
    what: listOf('removes the index', changes, ({ removed }) => removed[step]),
    template: changes.reduce((template, change) => withIndexes(template, change, change.removed.slice(step + 1)), next),
  }));

/**
 * Splits a deployment so that CloudFormation can do it: it makes or drops one global secondary index of a table in one update
 * ("AWS::DynamoDB::Table", GlobalSecondaryIndexes). New indexes come while the deployed code runs on, so that no list is ever short of
 * records or refused; the code follows when all of them are filled; and then go the indexes that it does not need any more.
 */
export const planDeployment = (deployed: StackTemplate | undefined, next: StackTemplate): DeploymentPlan => {
  if (deployed === undefined) return { refused: [], before: [], main: { what: 'makes the stack', template: next }, after: [] };
  const resources = Object.entries(deployed.Resources ?? {});
  const refused = resources.flatMap(([logicalId, before]) => {
    const after = next.Resources?.[logicalId];
    return before.Type in statefulTypes ? [...lossOf(logicalId, before, after), ...changedIndexes(logicalId, before, after)] : [];
  });
  const changes = changesOf(deployed, next);
  const kept = changes.reduce((template, change) => withIndexes(template, change, change.removed), next);
  const last = changes.filter(({ added }) => added.length > 0);
  const what =
    last.length === 0
      ? 'brings the stack to what is defined'
      : `${listOf('adds the index', last, ({ added }) => added.at(-1))}, and brings the stack to what is defined`;
  return { refused, before: addingSteps(deployed, changes), main: { what, template: kept }, after: removingSteps(next, changes) };
};
