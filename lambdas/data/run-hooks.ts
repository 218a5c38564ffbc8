import { isDeepStrictEqual } from 'node:util';
import { callHook } from '@compiled/data';
import type { CompiledModel } from '../../contracts/compiled.ts';
import { systemFields } from '../../contracts/data.ts';
import { ApiError } from '../../contracts/errors.ts';
import { type HookPoint, hookLimits, type RecordHookEvent } from '../../contracts/hooks.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { hookFailed, readHookReply } from '../runtime/hook-reply.ts';
import { keptBack } from '../runtime/kept-back.ts';
import type { Caller, SystemCaller } from '../runtime/request.ts';
import { checkInput } from './check-input.ts';
import type { Item } from './data-store.ts';
import { assertKeysFit, withKeys } from './index-keys.ts';
import { assertItemFits } from './item-size.ts';
import { assertRemovable, patchRecord } from './merge-patch.ts';
import type { ModelEntry } from './models.ts';
import { viewRecord } from './record-view.ts';

type Values = Readonly<Record<string, unknown>>;

/** The write that a hook is asked about. */
export interface HookedWrite {
  readonly entry: ModelEntry;
  readonly caller: Caller;
  readonly requestId: string;
  readonly remainingMs: () => number;
}

/** The write itself, after the hook, must still be able to end. */
const reserveMs = 4_000;

/** What a hook asks for is bound by the schema, not by the rules of the caller. */
const system: SystemCaller = { kind: 'system' };

/** The variable with the function that is asked before such a write. Functions of the backend write as they say, and ask nobody. */
const hookOf = ({ hooks }: CompiledModel, point: HookPoint, caller: Caller): string | undefined =>
  caller.kind === 'system' ? undefined : hooks?.[point];

/** Whether somebody is asked before such a write. */
export const asksHook = ({ model }: ModelEntry, point: HookPoint, caller: Caller): boolean => hookOf(model, point, caller) !== undefined;

type Asked = RecordHookEvent extends infer E
  ? E extends RecordHookEvent
    ? Omit<E, 'kind' | 'model' | 'caller' | 'requestId'>
    : never
  : never;

/** @throws ApiError `hook_refused`, `hook_failed`, `unavailable` */
const ask = async ({ entry, caller, requestId, remainingMs }: HookedWrite, asked: Asked): Promise<Values | undefined> => {
  const variable = hookOf(entry.model, asked.point, caller);
  if (variable === undefined) return undefined;
  if (callHook === undefined)
    throw hookFailed(new Error('this function was not given the hooks of its models: it may write as the system only'));
  const who = caller.kind === 'user' ? { id: caller.id, groups: caller.groups } : null;
  const event = { kind: 'hook', model: entry.model.name, caller: who, requestId, ...asked } as RecordHookEvent;
  const leftMs = remainingMs();
  const timeoutMs = Math.min(hookLimits.recordMs, leftMs - keptBack(leftMs, reserveMs));
  try {
    if (timeoutMs <= 0) throw new Error('no time is left to ask the hook');
    return readHookReply(await callHook(requiredVariable(variable), event, timeoutMs));
  } catch (error) {
    throw error instanceof ApiError && (error.code === 'hook_refused' || error.code === 'unavailable') ? error : hookFailed(error);
  }
};

const shown = ({ model }: ModelEntry, item: Item): Values => viewRecord(model, system, item);

/** What a hook makes of the values is the hook's fault, not that of whoever writes. */
const ofHook = <T>(make: () => T): T => {
  try {
    return make();
  } catch (error) {
    throw hookFailed(error);
  }
};

const fieldsOf = (item: Values): Values => {
  const fields = Object.entries(item).filter(([name]) => !systemFields.some((each) => each === name));
  return Object.fromEntries(fields);
};

/** What the server sets, it sets for hooks, too. */
const assertOwnFields = (amendment: Values): void => {
  const name = systemFields.find((each) => Object.hasOwn(amendment, each));
  if (name !== undefined) throw new Error(`the hook asked to amend ${name}, which only the server sets`);
};

/**
 * Asks before a new record is written.
 *
 * @param record the record, checked, without keys
 * @returns the record as the hook wants it; undefined where it stays as it is
 * @throws ApiError `hook_refused`, `hook_failed`, `unavailable`
 */
export const amendCreate = async (write: HookedWrite, record: Item): Promise<Item | undefined> => {
  const { model, validators } = write.entry;
  const amendment = await ask(write, { point: 'create', id: String(record['id']), new: shown(write.entry, record) });
  if (amendment === undefined) return undefined;
  return ofHook(() => {
    assertOwnFields(amendment);
    const patched = patchRecord(model, fieldsOf(record), amendment);
    const { values } = checkInput({ model, caller: system, validator: validators.create }, patched);
    const server = Object.fromEntries(systemFields.flatMap((name) => (record[name] === undefined ? [] : [[name, record[name]]])));
    const amended = { ...values, ...server };
    assertKeysFit(model, amended);
    return amended;
  });
};

const changesOf = (entry: ModelEntry, before: Item, after: Item): Values => {
  const [old, next] = [fieldsOf(shown(entry, before)), fieldsOf(shown(entry, after))];
  const names = new Set([...Object.keys(old), ...Object.keys(next)]);
  const changed = [...names].filter((name) => !isDeepStrictEqual(old[name], next[name]));
  return Object.fromEntries(changed.map((name) => [name, next[name] ?? null]));
};

const amendedItem = ({ model, validators }: ModelEntry, next: Item, amendment: Values): Item =>
  ofHook(() => {
    assertOwnFields(amendment);
    assertRemovable(model, amendment);
    const { values } = checkInput({ model, caller: system, validator: validators.update }, amendment);
    const amended = withKeys(model, patchRecord(model, next, values));
    assertKeysFit(model, amended);
    assertItemFits(amended);
    return amended;
  });

const askedFor = async (write: HookedWrite, stored: Item, next: Item | undefined): Promise<Item | undefined> => {
  const { entry } = write;
  const [id, old] = [String(stored['id']), shown(entry, stored)];
  if (next === undefined) {
    const amendment = await ask(write, { point: 'delete', id, old });
    if (amendment !== undefined) throw hookFailed(new Error('the hook asked to amend a delete'));
    return undefined;
  }
  const asked = { point: 'update', id, old, new: shown(entry, next), changes: changesOf(entry, stored, next) } as const;
  const amendment = await ask(write, asked);
  return amendment === undefined ? next : amendedItem(entry, next, amendment);
};

/** By the record as it was read: an attempt that begins anew with the same record asks nobody again. */
const answers = new WeakMap<Item, Promise<Item | undefined>>();

/**
 * Asks before a stored record is changed or deleted.
 *
 * @param next the record as it is to be; undefined: it is deleted
 * @returns the record as the hook wants it
 * @throws ApiError `hook_refused`, `hook_failed`, `unavailable`
 */
export const amendChange = (write: HookedWrite, stored: Item, next: Item | undefined): Promise<Item | undefined> => {
  if (!asksHook(write.entry, next === undefined ? 'delete' : 'update', write.caller)) return Promise.resolve(next);
  const known = answers.get(stored) ?? askedFor(write, stored, next);
  answers.set(stored, known);
  return known;
};
