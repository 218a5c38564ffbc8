import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { files } from '@compiled/files';
import type { CompiledModel } from '../../contracts/compiled.ts';
import { database, withDeadline } from '../runtime/database-client.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { fieldsOf, toPredicate } from '../runtime/predicate.ts';
import { type Attributes, renamed, type StoredForm, storedFormOf, withDefaults } from '../runtime/stored-record.ts';

/** What reading the records of a model takes. */
interface RecordReader {
  readonly table: string;
  readonly form: StoredForm;
  /** The attributes that the rules look at. */
  readonly attributes: readonly string[];
}

const readerOf = (model: CompiledModel): RecordReader => {
  const form = storedFormOf(model);
  const fields = model.rules.flatMap(({ when }) => (when === undefined ? [] : fieldsOf(toPredicate(when))));
  const names = new Set(['id', 'owner', ...(model.ttl === undefined ? [] : [model.ttl]), ...fields]);
  return { table: requiredVariable(model.tableVariable), form, attributes: [...names].map((name) => form.attributeOf.get(name) ?? name) };
};

const readers: ReadonlyMap<string, RecordReader> = new Map(Object.entries(files.models).map(([name, model]) => [name, readerOf(model)]));

/**
 * Reads what the rules of a record's model look at, by the names of its fields.
 *
 * @param consistent sees every write that was answered before, at twice the cost
 */
export const readRuledRecord = async (modelName: string, id: string, consistent: boolean): Promise<Attributes | undefined> => {
  const reader = readers.get(modelName);
  if (reader === undefined) throw new Error(`the model ${modelName} was not compiled: compile the definition again`);
  const names = reader.attributes.map((attribute, index) => [`#${index}`, attribute] as const);
  const command = new GetCommand({
    TableName: reader.table,
    Key: { id },
    ConsistentRead: consistent,
    ProjectionExpression: names.map(([mark]) => mark).join(', '),
    ExpressionAttributeNames: Object.fromEntries(names),
  });
  const { Item: item } = await withDeadline((options) => database.send(command, options));
  return item && withDefaults(reader.form, renamed(reader.form.fieldOf, item));
};
