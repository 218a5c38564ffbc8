import type { CompiledModel, CompiledRelation } from '../../contracts/compiled.ts';
import { dataLimits } from '../../contracts/data.ts';
import type { FieldError } from '../../contracts/errors.ts';
import { validationError } from '../runtime/validate-body.ts';
import { findModel } from './models.ts';
import type { Selection } from './record-view.ts';
import { fieldOf } from './system-fields.ts';

const fault = (name: string, code: string, detail: string): FieldError => ({ pointer: `/query/${name}`, code, detail });

/**
 * The parameters of a reading request, each at most once. An unknown one is refused: a misspelt `filter` must not give everything.
 *
 * @throws ApiError `unknown_field`, `validation_failed`
 */
export const readParameters = <N extends string>(query: URLSearchParams, names: readonly N[]): { readonly [K in N]?: string } => {
  const faults: FieldError[] = [];
  for (const name of new Set(query.keys())) {
    if (!(names as readonly string[]).includes(name))
      faults.push(fault(name, 'unknown_field', `There is no such parameter. Known: ${names.join(', ')}.`));
    else if (query.getAll(name).length > 1) faults.push(fault(name, 'duplicate', 'Send this parameter once.'));
  }
  if (faults.length > 0) throw validationError(faults);
  return Object.fromEntries(query) as { [K in N]?: string };
};

/** @throws ApiError `validation_failed` */
export const parseLimit = (text: string | undefined): number => {
  if (text === undefined) return dataLimits.defaultPageSize;
  const limit = /^[0-9]{1,3}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > dataLimits.maxPageSize) {
    throw validationError([fault('limit', 'invalid_value', `Expected a whole number from 1 to ${dataLimits.maxPageSize}.`)]);
  }
  return limit;
};

/** @throws ApiError `validation_failed` */
export const parseConsistent = (text: string | undefined): boolean => {
  if (text === undefined || text === 'false') return false;
  if (text === 'true') return true;
  throw validationError([fault('consistent', 'invalid_value', 'Expected true or false.')]);
};

const maxNames = 100;
const namesOf = (parameter: string, text: string): readonly string[] => {
  const names = text.split(',');
  if (names.length > maxNames) throw validationError([fault(parameter, 'too_many_items', `At most ${maxNames} names are allowed.`)]);
  return [...new Set(names)];
};

const assertNames = (parameter: string, names: readonly string[], isKnown: (name: string) => boolean): void => {
  const unknown = names.filter((name) => !isKnown(name));
  if (unknown.length > 0) throw validationError([fault(parameter, 'unknown_field', 'It names something that the model does not have.')]);
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

/** Relations to follow, and those to follow from the records that they lead to. */
export type ExpandTree = ReadonlyMap<string, ExpandTree>;

/** Relations that follow one another. */
const maxExpandDepth = 2;

/** Whether a relation leads to a list of records. */
export const isListRelation = ({ kind }: CompiledRelation): boolean => kind !== 'belongsTo';

/** The lists that an expand reads at the most. */
const listsOf = (model: CompiledModel, tree: ExpandTree, records: number): number =>
  [...tree].reduce((sum, [name, subtree]) => {
    const relation = model.relations[name];
    if (relation === undefined) return sum;
    const isList = isListRelation(relation);
    const reached = isList ? records * dataLimits.defaultPageSize : records;
    return sum + (isList ? records : 0) + listsOf(findModel(relation.model).model, subtree, reached);
  }, 0);

const growTree = (tree: Map<string, ExpandTree>, model: CompiledModel, path: readonly string[]): boolean => {
  const [name = '', ...rest] = path;
  const relation = Object.hasOwn(model.relations, name) ? model.relations[name] : undefined;
  if (relation === undefined) return false;
  const subtree = (tree.get(name) as Map<string, ExpandTree> | undefined) ?? new Map<string, ExpandTree>();
  tree.set(name, subtree);
  return rest.length === 0 || growTree(subtree, findModel(relation.model).model, rest);
};

/**
 * The relations to follow: `author`, or `comments.author` for those of the records that are reached.
 *
 * @param records how many records there are to follow them from, at the most
 * @throws ApiError `unknown_field`, `validation_failed`
 */
export const parseExpand = (model: CompiledModel, text: string | undefined, records: number): ExpandTree => {
  const tree = new Map<string, ExpandTree>();
  if (text === undefined) return tree;
  const names = namesOf('expand', text);
  const isShallow = (name: string): boolean => name.split('.').length <= maxExpandDepth;
  if (!names.every(isShallow)) {
    throw validationError([fault('expand', 'too_deep', `At most ${maxExpandDepth} relations can follow one another.`)]);
  }
  assertNames('expand', names, (name) => growTree(tree, model, name.split('.')));
  const lists = listsOf(model, tree, records);
  if (lists > dataLimits.maxExpandLists) {
    const detail = `It may read ${lists} lists, and at most ${dataLimits.maxExpandLists} are allowed. Ask for fewer relations, or lower the limit.`;
    throw validationError([fault('expand', 'too_many_items', detail)]);
  }
  return tree;
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
