import type { CompiledModel } from '../../contracts/compiled.ts';
import type { FieldError } from '../../contracts/errors.ts';
import { isObject, mergePatch } from '../runtime/merge-patch.ts';
import { validationError } from '../runtime/validate-body.ts';

type Values = Readonly<Record<string, unknown>>;
type Path = readonly string[];

/** A patch as assignments to paths, so that the database does it without the stored record being read. */
export interface Assignments {
  readonly set: readonly { readonly path: Path; readonly value: unknown }[];
  readonly remove: readonly Path[];
  /** Maps that must be there for the paths into them; without one the patch has to be merged into the stored record. */
  readonly maps: readonly Path[];
}

const assign = (path: Path, value: unknown): Assignments => {
  if (value === null) return { set: [], remove: [path], maps: [] };
  if (!isObject(value)) return { set: [{ path, value }], remove: [], maps: [] };
  const parts = Object.entries(value).map(([key, item]) => assign([...path, key], item));
  return {
    set: parts.flatMap((part) => part.set),
    remove: parts.flatMap((part) => part.remove),
    maps: [path, ...parts.flatMap((part) => part.maps)],
  };
};

/** Whether null is stored as a value of this field, and not as its absence. */
const keepsNull = (model: CompiledModel, name: string): boolean => model.fields[name]?.nullable === true;

/** A patch of fields as assignments. */
export const toAssignments = (model: CompiledModel, patch: Values): Assignments => {
  const parts = Object.entries(patch).map(
    ([name, value]): Assignments =>
      value === null && keepsNull(model, name) ? { set: [{ path: [name], value: null }], remove: [], maps: [] } : assign([name], value),
  );
  return {
    set: parts.flatMap((part) => part.set),
    remove: parts.flatMap((part) => part.remove),
    maps: parts.flatMap((part) => part.maps),
  };
};

/** The fields of a record under a patch. */
export const patchRecord = (model: CompiledModel, record: Values, patch: Values): Record<string, unknown> => {
  const patched: Record<string, unknown> = { ...record };
  for (const [name, value] of Object.entries(patch)) {
    if (value !== null) patched[name] = mergePatch(patched[name], value);
    else if (keepsNull(model, name)) patched[name] = null;
    else delete patched[name];
  }
  return patched;
};

/**
 * Refuses a patch that would remove a field that every record has.
 *
 * @throws ApiError `validation_failed`
 */
export const assertRemovable = (model: CompiledModel, patch: Values): void => {
  const faults = Object.entries(patch).flatMap(([name, value]): readonly FieldError[] => {
    const field = Object.hasOwn(model.fields, name) ? model.fields[name] : undefined;
    const mustStay = field !== undefined && !field.nullable && (field.required || field.default !== undefined);
    return value === null && mustStay
      ? [{ pointer: `/${name}`, code: 'required', detail: 'Every record has this field; it cannot be removed.' }]
      : [];
  });
  if (faults.length > 0) throw validationError(faults);
};
