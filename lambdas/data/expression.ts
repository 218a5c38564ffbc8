import type { FilterValue } from '../../contracts/filter.ts';
import type { Predicate, Term } from '../runtime/predicate.ts';

/** DynamoDB takes 4 KB an expression ("Service quotas", expression parameters). */
export const maxExpressionLength = 4_096;

/** A placeholder's name: short, since an expression may have 4 KB only. */
const placeholder = (mark: string, index: number): string => mark + index.toString(36);

/** Collects the names and values of the expressions of one request. Nothing of a request's text ever becomes part of an expression. */
export class ExpressionScope {
  readonly #names = new Map<string, string>();
  readonly #values = new Map<unknown, string>();

  /** The placeholder of an attribute. */
  name(attribute: string): string {
    const known = this.#names.get(attribute);
    if (known !== undefined) return known;
    const made = placeholder('#', this.#names.size);
    this.#names.set(attribute, made);
    return made;
  }

  /** The placeholders of a path into nested maps. */
  path(path: readonly string[]): string {
    return path.map((attribute) => this.name(attribute)).join('.');
  }

  /** The placeholder of a value. */
  value(value: unknown): string {
    const known = this.#values.get(value);
    if (known !== undefined) return known;
    const made = placeholder(':', this.#values.size);
    this.#values.set(value, made);
    return made;
  }

  /** What a request carries beside its expressions. DynamoDB refuses empty maps, so they are left out. */
  parameters(): { ExpressionAttributeNames?: Record<string, string>; ExpressionAttributeValues?: Record<string, unknown> } {
    const names = Object.fromEntries([...this.#names].map(([attribute, made]) => [made, attribute]));
    const values = Object.fromEntries([...this.#values].map(([value, made]) => [made, value]));
    return {
      ...(this.#names.size > 0 && { ExpressionAttributeNames: names }),
      ...(this.#values.size > 0 && { ExpressionAttributeValues: values }),
    };
  }
}

const comparators = { eq: '=', ne: '<>', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;

const termExpression = ({ field, operator, operand }: Term, scope: ExpressionScope): string => {
  const name = scope.name(field);
  const operands = (): readonly string[] => (operand as readonly FilterValue[]).map((item) => scope.value(item));
  switch (operator) {
    case 'between':
      return `${name} BETWEEN ${operands().join(' AND ')}`;
    case 'in':
      return `${name} IN (${operands().join(',')})`;
    case 'contains':
      return `contains(${name},${scope.value(operand)})`;
    case 'beginsWith':
      return `begins_with(${name},${scope.value(operand)})`;
    case 'exists': {
      const exists = `(attribute_exists(${name}) AND NOT attribute_type(${name},${scope.value('NULL')}))`;
      return operand === true ? exists : `(NOT ${exists})`;
    }
    default:
      return `${name} ${comparators[operator]} ${scope.value(operand)}`;
  }
};

/** The expression that holds exactly where {@link matches} does. `undefined` for a predicate that always holds. */
export const predicateExpression = (predicate: Predicate, scope: ExpressionScope): string | undefined => {
  switch (predicate.kind) {
    case 'term':
      return termExpression(predicate, scope);
    case 'and': {
      const parts = predicate.parts.map((part) => predicateExpression(part, scope)).filter((part) => part !== undefined);
      return parts.length === 0 ? undefined : `(${parts.join(' AND ')})`;
    }
    case 'or': {
      const parts = predicate.parts.map((part) => predicateExpression(part, scope));
      // A part that always holds makes the whole hold; the id is in every record, so its absence holds never.
      if (parts.some((part) => part === undefined)) return undefined;
      return parts.length === 0 ? `attribute_not_exists(${scope.name('id')})` : `(${parts.join(' OR ')})`;
    }
    case 'not': {
      const part = predicateExpression(predicate.part, scope);
      return part === undefined ? `attribute_not_exists(${scope.name('id')})` : `(NOT ${part})`;
    }
  }
};
