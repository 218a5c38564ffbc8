import type { FieldError } from '../../contracts/errors.ts';
import { validationError } from './validate-body.ts';

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

/**
 * The size of a page.
 *
 * @throws ApiError `validation_failed`
 */
export const readLimit = (text: string | undefined, size: { readonly default: number; readonly max: number }): number => {
  if (text === undefined) return size.default;
  const limit = /^[0-9]{1,3}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > size.max) {
    throw validationError([parameterFault('limit', 'invalid_value', `Expected a whole number from 1 to ${size.max}.`)]);
  }
  return limit;
};
