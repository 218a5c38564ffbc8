import { files } from '@compiled/files';
import type { CompiledModel } from '../../contracts/compiled.ts';
import { idPattern } from '../../contracts/data.ts';
import { authorize, type Decision } from '../runtime/authorize.ts';
import { livePredicate } from '../runtime/live-predicate.ts';
import { matches } from '../runtime/predicate.ts';
import type { Caller } from '../runtime/request.ts';
import type { Attributes } from '../runtime/stored-record.ts';
import { readRuledRecord } from './records-store.ts';

/** What a caller may do with the record that a path names, and so with its files. */
export interface RecordDecisions {
  /** May the caller get the record? */
  readonly read: Decision;
  /** May the caller update it? */
  readonly write: Decision;
}

const pattern = new RegExp(idPattern);

const followedModel = (name: string): CompiledModel => {
  const model = files.models[name];
  if (model === undefined) throw new Error(`the model ${name} was not compiled: compile the definition again`);
  return model;
};

/** What can be said of a record that is not there, or that need not be read: a guest may have to log in, and all else is hidden. */
const unseen = (decision: Decision): Decision => (decision === 'unauthenticated' ? 'unauthenticated' : 'hidden');

/** The decisions on a record that the caller cannot be told of. */
export const decisionsUnseen = (modelName: string, caller: Caller): RecordDecisions => {
  const { rules } = followedModel(modelName);
  return { read: unseen(authorize(rules, 'get', caller)), write: unseen(authorize(rules, 'update', caller)) };
};

const isLive = (model: CompiledModel, record: Attributes): boolean => {
  const live = livePredicate(model, Date.now());
  return live === undefined || matches(live, record);
};

/**
 * Decides by the model's own rules, with one read; with none where they let the caller get or update no record at all.
 *
 * @param consistent sees every write to the record that was answered before
 */
export const decideOnRecord = async (
  { model: modelName, id }: { readonly model: string; readonly id: string },
  caller: Caller,
  consistent: boolean,
): Promise<RecordDecisions> => {
  const model = followedModel(modelName);
  const isUseless = (['get', 'update'] as const).every((operation) => authorize(model.rules, operation, caller) !== 'allowed');
  const record = isUseless || !pattern.test(id) ? undefined : await readRuledRecord(modelName, id, consistent);
  if (record === undefined || !isLive(model, record)) return decisionsUnseen(modelName, caller);
  return { read: authorize(model.rules, 'get', caller, record), write: authorize(model.rules, 'update', caller, record) };
};
