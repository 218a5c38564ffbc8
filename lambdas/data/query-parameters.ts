import type { CompiledModel } from '../../contracts/compiled.ts';
import { dataLimits } from '../../contracts/data.ts';
import type { FieldError } from '../../contracts/errors.ts';
import { validationError } from '../runtime/validate-body.ts';
import type { Selection } from './record-view.ts';
import { fieldOf } from './system-fields.ts';

/** A fault of a parameter. */
export const parameterFault = (name: string, code: string, detail: string): FieldError => ({ pointer: `/query/${name}`, code, detail });

/**
 * The parameters of a reading request, each at most once. An unknown one is refused: a misspelt `filter` must not give everything.
 *
 * @throws ApiError `unknown_field`, `validation_failed`
 */
export const readParameters = <N extends string>(query: URLSearchParams, names: readonly N[]): { readonly [K in N]?: string } => {
  const faults: FieldError[] = [];
  for (const name of new Set(query.keys())) {
    if (!(names as readonly string[]).includes(name))
      faults.push(parameterFault(name, 'unknown_field', `There is no such parameter. Known: ${names.join(', ')}.`));
    else if (query.getAll(name).length > 1) faults.push(parameterFault(name, 'duplicate', 'Send this parameter once.'));
  }
  if (faults.length > 0) throw validationError(faults);
  return Object.fromEntries(query) as { [K in N]?: string };
};

/** @throws ApiError `validation_failed` */
export const parseLimit = (text: string | undefined): number => {
  if (text === undefined) return dataLimits.defaultPageSize;
  const limit = /^[0-9]{1,3}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > dataLimits.maxPageSize) {
    throw validationError([parameterFault('limit', 'invalid_value', `Expected a whole number from 1 to ${dataLimits.maxPageSize}.`)]);
  }
  return limit;
};

/** @throws ApiError `validation_failed` */
export const parseConsistent = (text: string | undefined): boolean => {
  if (text === undefined || text === 'false') return false;
  if (text === 'true') return true;
  throw validationError([parameterFault('consistent', 'invalid_value', 'Expected true or false.')]);
};

const maxNames = 100;
/** The names in a list of them, each once. */
export const namesOf = (parameter: string, text: string): readonly string[] => {
  const names = text.split(',');
  if (names.length > maxNames)
    throw validationError([parameterFault(parameter, 'too_many_items', `At most ${maxNames} names are allowed.`)]);
  return [...new Set(names)];
};

/** @throws ApiError `unknown_field` */
export const assertNames = (parameter: string, names: readonly string[], isKnown: (name: string) => boolean): void => {
  const unknown = names.filter((name) => !isKnown(name));
  if (unknown.length > 0)
    throw validationError([parameterFault(parameter, 'unknown_field', 'It names something that the model does not have.')]);
};

/**
 * The fields to answer. Those that the caller may not read are left out, as without this parameter.
 *
 * @throws ApiError `unknown_field`
 */
export const parseFields = (model: CompiledModel, text: string | undefined): Selection => {
  if (text === undefined) return undefined;
  const names = namesOf('fields', text);
  assertNames('fields', names, (name) => fieldOf(model, name) !== undefined);
  return new Set(names);
};

/** The order of a list. */
export interface Sort {
  readonly field: string;
  readonly descending: boolean;
}

/** @throws ApiError `unknown_field` */
export const parseSort = (model: CompiledModel, text: string | undefined): Sort | undefined => {
  if (text === undefined) return undefined;
  const descending = text.startsWith('-');
  const field = descending ? text.slice(1) : text;
  assertNames('sort', [field], (name) => fieldOf(model, name) !== undefined);
  return { field, descending };
};
