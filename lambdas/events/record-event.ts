import { isDeepStrictEqual } from 'node:util';
import { events } from '@compiled/events';
import type { CompiledEvents } from '../../contracts/compiled.ts';
import { systemFields } from '../../contracts/data.ts';
import { type BackendEvent, causeAttribute, type RecordChange, type StoredCause } from '../../contracts/events.ts';
import { type Attributes, renamed, type StoredForm, storedFormOf, withDefaults } from '../runtime/stored-record.ts';
import type { ItemChange } from './stream-records-client.ts';

type Model = CompiledEvents['models'][string];

interface KnownModel {
  readonly name: string;
  readonly form: StoredForm;
  /** What the API shows of a record. */
  readonly shown: ReadonlySet<string>;
}

const known: ReadonlyMap<string, KnownModel> = new Map(
  Object.values(events.models).map((model: Model) => [
    model.name,
    { name: model.name, form: storedFormOf(model), shown: new Set([...systemFields, ...Object.keys(model.fields)]) },
  ]),
);

/** A record by the names of its fields, without keys of indexes and whatever else is not of the API. */
const recordOf = ({ form, shown }: KnownModel, item: Attributes | undefined): Attributes | undefined => {
  if (item === undefined) return undefined;
  const named = Object.entries(renamed(form.fieldOf, item)).filter(([name]) => shown.has(name));
  return withDefaults(form, Object.fromEntries(named));
};

/** The cause of this very write: one that the record had before is that of another. */
const causeOf = ({ new: next, old }: ItemChange): { readonly depth: number; readonly cause?: string } => {
  const before = old?.[causeAttribute] as StoredCause | undefined;
  // A delete leaves no mark. What was made by events is taken for deleted by them, so that no loop of both goes on for ever.
  if (next === undefined) return { depth: before === undefined ? 0 : before.depth + 1 };
  const cause = next[causeAttribute] as StoredCause | undefined;
  if (cause === undefined || cause.write === before?.write) return { depth: 0 };
  return { depth: cause.depth + 1, cause: cause.id };
};

const verbOf = ({ new: next, old }: ItemChange): 'created' | 'updated' | 'deleted' => {
  if (next === undefined) return 'deleted';
  return old === undefined ? 'created' : 'updated';
};

/**
 * The event of a change of a record; undefined where nothing changed that the API shows.
 *
 * @throws Error for a model that the publisher does not know
 */
export const recordEvent = (name: string, change: ItemChange): BackendEvent<string, RecordChange> | undefined => {
  const model = known.get(name);
  if (model === undefined) throw new Error(`there is no model ${name}`);
  const [next, old] = [recordOf(model, change.new), recordOf(model, change.old)];
  const record = next ?? old;
  if (record === undefined || isDeepStrictEqual(next, old)) return undefined;
  const verb = verbOf(change);
  const updatedAt = next?.['updatedAt'];
  return {
    id: change.id,
    type: `${model.name}.${verb}`,
    time: typeof updatedAt === 'string' ? updatedAt : change.time,
    ...causeOf(change),
    ...(verb === 'created' && typeof record['owner'] === 'string' && { actor: record['owner'] }),
    data: {
      model: model.name,
      id: String(record['id']),
      version: Number(record['version'] ?? 0),
      ...(next !== undefined && { new: next }),
      ...(old !== undefined && { old }),
    },
  };
};
