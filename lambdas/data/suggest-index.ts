import { ApiError } from '../../contracts/errors.ts';
import type { Disjunct } from './disjuncts.ts';
import type { ListRequest } from './plan-list.ts';
import { fieldOf } from './system-fields.ts';

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const canBeKey = (request: ListRequest, name: string): boolean => {
  const kind = fieldOf(request.model, name)?.kind;
  return kind !== undefined && kind !== 'array' && kind !== 'object' && kind !== 'json';
};

const ranges: ReadonlySet<string> = new Set(['lt', 'lte', 'gt', 'gte', 'between', 'beginsWith']);

/** The index that would serve a disjunct, as the line to write into the model. */
const indexLine = (request: ListRequest, { terms }: Disjunct): string => {
  const usable = terms.filter((term) => canBeKey(request, term.field));
  const partition = usable.find((term) => term.operator === 'eq' || term.operator === 'in')?.field ?? '*';
  const range = usable.find((term) => ranges.has(term.operator) && term.field !== partition)?.field;
  const wanted = request.sort?.field ?? range ?? 'createdAt';
  const sort = wanted === partition ? 'createdAt' : wanted;
  const name = partition === '*' ? `allBy${capitalized(sort)}` : `by${capitalized(partition)}And${capitalized(sort)}`;
  return `${name}: ['${partition}', '${sort}']`;
};

/** The refusal of a list that would have to read the whole table. */
export const indexRequired = (request: ListRequest, disjunct: Disjunct): ApiError =>
  new ApiError(
    'index_required',
    `No index of ${request.model.name} serves this list. Declare one, for example ${indexLine(request, disjunct)}.`,
  );

/** The refusal of an order that no index gives. */
export const sortNotSupported = (request: ListRequest, disjunct: Disjunct): ApiError => {
  const field = request.sort?.field ?? '';
  const detail = canBeKey(request, field)
    ? `No index of ${request.model.name} gives this order. Declare one, for example ${indexLine(request, disjunct)}.`
    : `Records cannot be ordered by ${field}, since it holds no text, number, date or boolean.`;
  return new ApiError('sort_not_supported', detail);
};
