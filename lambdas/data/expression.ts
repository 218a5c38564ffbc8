import type { FilterValue } from '../../contracts/filter.ts';
import { isAlways, isNever, type Predicate, type Term } from '../runtime/predicate.ts';

/** DynamoDB takes 4 KB an expression ("Service quotas", expression parameters). */
export const maxExpressionLength = 4_096;

/** A placeholder's name: short, since an expression may have 4 KB only. */
const placeholder = (mark: string, index: number): string => mark + index.toString(36);

/** Collects the names and values of the expressions of one request. Nothing of a request's text ever becomes part of an expression. */
export class ExpressionScope {
  readonly #names = new Map<string, string>();
  readonly #members = new Map<string, string>();
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
    const [attribute = '', ...members] = path;
    return [this.name(attribute), ...members.map((member) => this.#member(member))].join('.');
  }

  /** A member of a value may be named like a field that is stored under another name, so it has a placeholder of its own. */
  #member(name: string): string {
    const known = this.#members.get(name);
    if (known !== undefined) return known;
    const made = placeholder('#_', this.#members.size);
    this.#members.set(name, made);
    return made;
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
    const names = Object.fromEntries([...this.#names, ...this.#members].map(([attribute, made]) => [made, attribute]));
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
      const type = scope.value('NULL');
      return operand === true
        ? `(attribute_exists(${name}) AND NOT attribute_type(${name},${type}))`
        : `(attribute_not_exists(${name}) OR attribute_type(${name},${type}))`;
    }
    default:
      return `${name} ${comparators[operator]} ${scope.value(operand)}`;
  }
};

/** Binds less tightly than its surroundings, so that it needs parentheses there. */
const isLoose = (part: Predicate, within: 'and' | 'not'): boolean => part.kind === 'or' || (within === 'not' && part.kind === 'and');

/**
 * The expression that holds exactly where `matches` does (lambdas/runtime/predicate.ts). It has no parentheses but those
 * that it needs: NOT binds tighter than AND, and AND than OR ("Precedence of conditions", DynamoDB Developer Guide).
 */
export const predicateExpression = (predicate: Predicate, scope: ExpressionScope): string => {
  const inside = (part: Predicate, within: 'and' | 'not'): string => {
    const expression = predicateExpression(part, scope);
    return isLoose(part, within) ? `(${expression})` : expression;
  };
  // The id is in every record.
  if (isAlways(predicate)) return `attribute_exists(${scope.name('id')})`;
  if (isNever(predicate)) return `attribute_not_exists(${scope.name('id')})`;
  switch (predicate.kind) {
    case 'term':
      return termExpression(predicate, scope);
    case 'and':
      return predicate.parts.map((part) => inside(part, 'and')).join(' AND ');
    case 'or':
      return predicate.parts.map((part) => predicateExpression(part, scope)).join(' OR ');
    case 'not':
      return `NOT ${inside(predicate.part, 'not')}`;
  }
};
