import { type Caller, traitsOf } from './callers.ts';
import type { Standing } from './records.ts';
import {
  type Content,
  conditions,
  type FieldLine,
  fieldLinesOf,
  fieldRules,
  type Line,
  linesOf,
  type MatrixModel,
  namesOf,
  type Operation,
  type RuledField,
  type Who,
} from './rules.ts';

// What the documents promise, read by a person and written down once more. Nothing here comes from the code that decides.

/** A refusal. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
}

const refuse = (status: number, code: string): Refusal => ({ status, code });
export const unauthenticated = refuse(401, 'unauthenticated');
export const forbidden = refuse(403, 'forbidden');
export const fieldNotAllowed = refuse(403, 'field_not_allowed');
export const notFound = refuse(404, 'not_found');

type Owned = Pick<Standing, 'owner'> | { readonly owner: Caller | undefined };

/** Whether somebody's words fit the caller, on any record at all. */
const speaksTo = (who: Who, caller: Caller): boolean => {
  const { signedIn = false, groups = [] } = traitsOf(caller);
  if (who === 'anyone') return true;
  if (who === 'owner' || who === 'signedIn') return signedIn;
  return groups.some((group) => group === who);
};

const speaksToOn = (who: Who, caller: Caller, { owner }: Owned): boolean => speaksTo(who, caller) && (who !== 'owner' || owner === caller);

const speaksOf = ({ may }: Line, operation: Operation): boolean => may === undefined || may.includes(operation);

const isForeign = (caller: Caller): boolean => traitsOf(caller).foreign === true;
const isGuest = (caller: Caller): boolean => traitsOf(caller).signedIn !== true;

/** Whether the caller may do it on some record. */
export const mayAtAll = (model: MatrixModel, operation: Operation, caller: Caller): boolean =>
  linesOf(model).some((line) => speaksOf(line, operation) && speaksTo(line.who, caller));

/** Whether the caller may do it on this record. */
export const may = (model: MatrixModel, operation: Operation, caller: Caller, record: Owned & { readonly content?: Content }): boolean =>
  linesOf(model).some((line) => {
    if (!speaksOf(line, operation) || !speaksToOn(line.who, caller, record)) return false;
    return line.when === undefined || (record.content !== undefined && conditions[line.when].holds(record.content));
  });

/** A token that is no good, or none where guests have no business. */
const refusedAtTheDoor = (model: MatrixModel, operation: Operation, caller: Caller): Refusal | undefined => {
  if (isForeign(caller)) return unauthenticated;
  return isGuest(caller) && !mayAtAll(model, operation, caller) ? unauthenticated : undefined;
};

/** Reading one record, by its id or a unique value. */
export const judgeGet = (model: MatrixModel, caller: Caller, record: Standing): Refusal | undefined =>
  refusedAtTheDoor(model, 'get', caller) ?? (may(model, 'get', caller, record) ? undefined : notFound);

/** Listing or counting. */
export const judgeList = (model: MatrixModel, caller: Caller): Refusal | undefined =>
  refusedAtTheDoor(model, 'list', caller) ?? (mayAtAll(model, 'list', caller) ? undefined : forbidden);

/** Changing or deleting a stored record: what cannot be read does not exist, what can be read is forbidden. */
export const judgeWrite = (
  model: MatrixModel,
  operation: 'update' | 'delete',
  caller: Caller,
  record: Standing,
  fields: readonly RuledField[] = [],
): Refusal | undefined => {
  const atTheDoor = refusedAtTheDoor(model, operation, caller);
  if (atTheDoor !== undefined) return atTheDoor;
  // The body is looked at before the record, so that the answer is the same for every id.
  if (fields.some((field) => reach(field, 'write', caller) === 'none')) return fieldNotAllowed;
  if (!may(model, operation, caller, record)) return may(model, 'get', caller, record) ? forbidden : notFound;
  return fields.every((field) => isOpen(field, 'write', caller, record)) ? undefined : fieldNotAllowed;
};

/** Creating a record, which the caller then owns; a guest owns nothing. */
export const judgeCreate = (
  model: MatrixModel,
  caller: Caller,
  { content, fields = [] }: { readonly content?: Content; readonly fields?: readonly RuledField[] },
): Refusal | undefined => {
  const atTheDoor = refusedAtTheDoor(model, 'create', caller);
  if (atTheDoor !== undefined) return atTheDoor;
  if (!mayAtAll(model, 'create', caller)) return forbidden;
  if (fields.some((field) => reach(field, 'write', caller) === 'none')) return fieldNotAllowed;
  return may(model, 'create', caller, { owner: caller, ...(content && { content }) }) ? undefined : forbidden;
};

/** On which records a caller may use a field. */
export const reach = (field: RuledField, use: 'read' | 'write', caller: Caller): 'all' | 'own' | 'none' => {
  const lines = fieldLinesOf(field);
  const fitting = lines.filter((line: FieldLine) => (line.may ?? ['read', 'write']).includes(use) && speaksTo(line.who, caller));
  if (lines.length === 0 || fitting.some(({ who }) => who !== 'owner')) return 'all';
  return fitting.length > 0 ? 'own' : 'none';
};

const isOpen = (field: RuledField, use: 'read' | 'write', caller: Caller, { owner }: Owned): boolean => {
  const open = reach(field, use, caller);
  return open === 'all' || (open === 'own' && owner === caller);
};

/** The ruled fields of a record that the caller sees. */
export const visibleFields = (caller: Caller, record: Owned): readonly RuledField[] =>
  namesOf(fieldRules).filter((field) => isOpen(field, 'read', caller, record));

/** Filtering or sorting by a field: only where the caller may read it on every record of the list. */
export const judgeFieldOfList = (
  model: MatrixModel,
  caller: Caller,
  field: RuledField,
  { ofOwn }: { readonly ofOwn: boolean },
): Refusal | undefined => {
  const open = reach(field, 'read', caller);
  const lists = linesOf(model).filter((line) => speaksOf(line, 'list') && speaksTo(line.who, caller));
  const isListOfOwn = ofOwn || lists.every(({ who }) => who === 'owner');
  return judgeList(model, caller) ?? (open === 'all' || (open === 'own' && isListOfOwn) ? undefined : fieldNotAllowed);
};

/** Looking a record up by a field that not everybody may read. */
export const judgeLookUp = (model: MatrixModel, caller: Caller, field: RuledField, record: Standing): Refusal | undefined => {
  const atTheDoor = refusedAtTheDoor(model, 'get', caller);
  if (atTheDoor !== undefined) return atTheDoor;
  // Who may read no record at all learns nothing of fields either.
  if (!mayAtAll(model, 'get', caller)) return notFound;
  if (reach(field, 'read', caller) === 'none') return fieldNotAllowed;
  return may(model, 'get', caller, record) && isOpen(field, 'read', caller, record) ? undefined : notFound;
};
