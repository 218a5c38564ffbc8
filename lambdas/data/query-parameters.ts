import type { CompiledModel } from '../../contracts/compiled.ts';
import { dataLimits } from '../../contracts/data.ts';
import { parameterFault, readLimit } from '../runtime/read-parameters.ts';
import { validationError } from '../runtime/validate-body.ts';
import type { Selection } from './record-view.ts';
import { fieldOf } from './system-fields.ts';

/** @throws ApiError `validation_failed` */
export const parseLimit = (text: string | undefined): number =>
  readLimit(text, { default: dataLimits.defaultPageSize, max: dataLimits.maxPageSize });

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
