import type { CompiledModel, CompiledRelation } from '../../contracts/compiled.ts';
import { dataLimits } from '../../contracts/data.ts';
import { parameterFault } from '../runtime/read-parameters.ts';
import { validationError } from '../runtime/validate-body.ts';
import { findModel } from './models.ts';
import { assertNames, namesOf } from './query-parameters.ts';

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
    throw validationError([parameterFault('expand', 'too_deep', `At most ${maxExpandDepth} relations can follow one another.`)]);
  }
  assertNames('expand', names, (name) => growTree(tree, model, name.split('.')));
  const lists = listsOf(model, tree, records);
  if (lists > dataLimits.maxExpandLists) {
    const detail = `It may read ${lists} lists, and at most ${dataLimits.maxExpandLists} are allowed. Ask for fewer relations, or lower the limit.`;
    throw validationError([parameterFault('expand', 'too_many_items', detail)]);
  }
  return tree;
};
