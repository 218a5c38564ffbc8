import type { BackendSchema, ModelSchema, SchemaChange } from './backend-schema.ts';
import { attributeOf, fieldOfAttribute, storedIndex } from './describe-models.ts';
import { narrowedBy } from './narrowed-by.ts';

interface Pair {
  readonly name: string;
  readonly before: ModelSchema;
  readonly after: ModelSchema;
}

const refused = (name: string, what: string, advice: string): SchemaChange => ({ name, isRefused: true, what, advice });
const noted = (name: string, what: string, advice = '', backfill?: string): SchemaChange => ({
  name,
  isRefused: false,
  what,
  advice,
  ...(backfill !== undefined && { backfill }),
});

const records = (model: string): string => `plinth data backfill records --model ${model}`;

const droppedField = ({ name, before, after }: Pair, field: string): SchemaChange => {
  const attribute = attributeOf(before, field);
  const renamed = Object.keys(after.fields).find((each) => after.fields[each]?.storedAs === field && field !== attribute);
  if (renamed !== undefined) {
    return refused(
      `drop-field:${name}.${field}`,
      `${name}.${renamed} says that it was ${field}, which is itself stored as ${attribute}`,
      `Write the first name: previously: { fields: { ${renamed}: '${attribute}' } }.`,
    );
  }
  return refused(
    `drop-field:${name}.${field}`,
    `the field ${name}.${field} is gone: its stored values would be out of reach, and the next replace of a record removes them`,
    `If it was renamed, say so in the model: previously: { fields: { newName: '${attribute}' } }.`,
  );
};

const addedField = ({ name, after }: Pair, field: string): SchemaChange => {
  const { required, schema } = after.fields[field] ?? { required: false, schema: {} };
  if (required) {
    return refused(
      `require-field:${name}.${field}`,
      `the field ${name}.${field} is new and required, but no stored record has it`,
      'Give it a .default() or make it .optional().',
    );
  }
  if (schema.default === undefined) return noted(`add-field:${name}.${field}`, `the optional field ${name}.${field} is new`);
  return noted(
    `add-field:${name}.${field}`,
    `the field ${name}.${field} is new; records without it are read with its default`,
    'Until the backfill, lists that would need the default in stored records are refused with index_building.',
    records(name),
  );
};

const keptField = ({ name, before, after }: Pair, former: string, field: string): readonly SchemaChange[] => {
  const [old, now] = [before.fields[former], after.fields[field]];
  if (old === undefined || now === undefined) return [];
  const at = `${name}.${field}`;
  const changes: SchemaChange[] = [];
  if (former !== field) {
    changes.push(
      noted(
        `rename-field:${at}`,
        `the field ${name}.${former} is now ${field}; it stays stored as ${attributeOf(after, field)}`,
        'Clients must use the new name.',
      ),
    );
  }
  if (now.required && !old.required && old.schema.default === undefined) {
    changes.push(
      refused(
        `require-field:${at}`,
        `the field ${at} was optional and is required, so records without it would be invalid`,
        'Give it a .default(), or leave it .optional().',
      ),
    );
  }
  const hadDefault = old.required || old.schema.default !== undefined;
  if (now.schema.default !== undefined && !hadDefault) {
    changes.push(noted(`default-field:${at}`, `the field ${at} has a default now; records without it are read with it`, '', records(name)));
  }
  if (!now.required && now.schema.default === undefined && hadDefault) {
    changes.push(noted(`optional-field:${at}`, `the field ${at} may be absent now`, 'Clients must be ready for that.'));
  }
  const faults = narrowedBy(old.schema, now.schema);
  if (faults.length > 0) {
    changes.push(
      refused(
        `narrow-field:${at}`,
        `the field ${at} takes fewer values than before (${faults.join('; ')}), so stored records may be invalid`,
        'Leave what was valid valid, or change the stored records first.',
      ),
    );
  }
  return changes;
};

const compareFields = (pair: Pair): readonly SchemaChange[] => {
  const { before, after } = pair;
  const gone = Object.keys(before.fields).filter((field) => fieldOfAttribute(after, attributeOf(before, field)) === undefined);
  const present = Object.keys(after.fields).flatMap((field) => {
    const former = fieldOfAttribute(before, attributeOf(after, field));
    return former === undefined ? [addedField(pair, field)] : keptField(pair, former, field);
  });
  return [...gone.map((field) => droppedField(pair, field)), ...present];
};

const compareIndexes = ({ name, before, after }: Pair): readonly SchemaChange[] => {
  const gone = Object.keys(before.indexes)
    .filter((index) => after.indexes[index] === undefined)
    .map((index) =>
      refused(
        `drop-index:${name}.${index}`,
        `the index ${name}.${index} (${before.indexes[index]?.join(', ')}) is gone: lists that need it would be refused, and to make it again takes long on a large table`,
        'Leave it in the model.',
      ),
    );
  const present = Object.keys(after.indexes).flatMap((index): readonly SchemaChange[] => {
    const [old, now] = [storedIndex(before, index), storedIndex(after, index)];
    if (old === undefined) {
      const isAwaited = after.awaited?.indexes.includes(index) === true;
      return [
        noted(
          `add-index:${name}.${index}`,
          `the index ${name}.${index} is new`,
          isAwaited ? 'Until the backfill, lists that need it are refused with index_building.' : '',
          isAwaited ? records(name) : undefined,
        ),
      ];
    }
    if (JSON.stringify(old) === JSON.stringify(now)) return [];
    return [
      refused(
        `change-index:${name}.${index}`,
        `the index ${name}.${index} was of ${old.join(', ')} and is of ${now?.join(', ')}: DynamoDB would have to drop it before it can make it again`,
        'Give the new index another name, deploy it, and remove the old one later.',
      ),
    ];
  });
  return [...gone, ...present];
};

const compareConstraints = ({ name, before, after }: Pair): readonly SchemaChange[] => {
  const attributes = (model: ModelSchema, list: 'unique' | 'counts'): readonly string[] =>
    model[list].map((field) => attributeOf(model, field));
  const added = (list: 'unique' | 'counts'): readonly string[] =>
    after[list].filter((field) => !attributes(before, list).includes(attributeOf(after, field)));
  const ended = (list: 'unique' | 'counts'): readonly string[] =>
    before[list].filter((field) => !attributes(after, list).includes(attributeOf(before, field)));
  return [
    ...added('unique').map((field) =>
      noted(
        `add-unique:${name}.${field}`,
        `${name}.${field} is unique now; values of stored records count after the backfill only`,
        'The backfill names the records that share a value, and changes nothing until there are none.',
        `plinth data backfill unique --model ${name} --field ${field}`,
      ),
    ),
    ...ended('unique').map((field) => noted(`end-unique:${name}.${field}`, `${name}.${field} is not unique any more`)),
    ...added('counts').map((field) =>
      noted(
        `add-count:${name}.${field}`,
        `${name}.${field} is counted now; stored records count after the backfill`,
        '',
        `plinth data backfill counts --model ${name}`,
      ),
    ),
    ...ended('counts').map((field) => noted(`end-count:${name}.${field}`, `${name}.${field} is not counted any more`)),
    ...(after.ttl !== undefined && (before.ttl === undefined || attributeOf(before, before.ttl) !== attributeOf(after, after.ttl))
      ? [
          noted(
            `end-records:${name}`,
            `records of ${name} end at ${after.ttl}; DynamoDB deletes stored ones after the backfill only`,
            '',
            records(name),
          ),
        ]
      : []),
  ];
};

const storedName = (models: BackendSchema['models'], name: string): string => models[name]?.storedAs ?? name;

const droppedModel = (name: string, before: BackendSchema, after: BackendSchema): SchemaChange => {
  const stored = storedName(before.models, name);
  const renamed = Object.keys(after.models).find((each) => after.models[each]?.storedAs === name && stored !== name);
  return refused(
    `drop-model:${name}`,
    renamed === undefined
      ? `the model ${name} is gone, and its table with all its records would go, too`
      : `${renamed} says that it was ${name}, which is itself stored as ${stored}`,
    renamed === undefined
      ? `If it was renamed, say so in the new model: previously: '${stored}'. Else export the records first: "plinth data export --model ${name}".`
      : `Write the first name: previously: '${stored}'.`,
  );
};

/** All differences between the models that were accepted and those that are defined, in the order of the definition. */
export const compareModels = (before: BackendSchema, after: BackendSchema): readonly SchemaChange[] => {
  const find = (models: BackendSchema['models'], stored: string): string | undefined =>
    Object.keys(models).find((name) => storedName(models, name) === stored);
  const gone = Object.keys(before.models)
    .filter((name) => find(after.models, storedName(before.models, name)) === undefined)
    .map((name) => droppedModel(name, before, after));
  const present = Object.entries(after.models).flatMap(([name, now]): readonly SchemaChange[] => {
    const former = find(before.models, storedName(after.models, name));
    const old = former === undefined ? undefined : before.models[former];
    if (former === undefined || old === undefined) return [noted(`add-model:${name}`, `the model ${name} is new`)];
    const pair = { name, before: old, after: now };
    const renamed =
      former === name
        ? []
        : [noted(`rename-model:${name}`, `the model ${former} is now ${name}; its table stays`, `Clients must use /data/${name}.`)];
    return [...renamed, ...compareFields(pair), ...compareIndexes(pair), ...compareConstraints(pair)];
  });
  return [...gone, ...present];
};
