import type { AttributeType, AttributeValue } from '../values/attribute-value.ts';

/** `a.b[1]` is `['a', 'b', 1]`. */
export type DocumentPath = readonly (string | number)[];

/** `size(path)` in a condition. */
export interface SizeOperand {
  readonly type: 'function';
  readonly name: 'size';
  readonly args: readonly [Operand];
}

/** A path, a value or `size()`. */
export type Operand = DocumentPath | AttributeValue | SizeOperand;

/** A parsed condition. dynalite's checks of key conditions read the same tree. */
export type Condition =
  | { readonly type: 'and' | 'or'; readonly args: readonly [Condition, Condition] }
  | { readonly type: 'not'; readonly args: readonly [Condition] }
  | { readonly type: '=' | '<>' | '<' | '<=' | '>' | '>=' | 'between' | 'in'; readonly args: readonly Operand[] }
  | { readonly type: 'function'; readonly name: ConditionFunction; readonly args: readonly Operand[] };

export type ConditionFunction = 'attribute_exists' | 'attribute_not_exists' | 'attribute_type' | 'begins_with' | 'contains';

/** What a `SET` assigns. */
export type UpdateOperand =
  | DocumentPath
  | AttributeValue
  | { readonly type: 'add' | 'subtract'; readonly args: readonly [UpdateOperand, UpdateOperand] }
  | { readonly type: 'function'; readonly name: 'if_not_exists' | 'list_append'; readonly args: readonly [UpdateOperand, UpdateOperand] };

/** One clause of an update. `attrType` is the type of the value where it is known before the item is read. */
export type UpdateSection =
  | { readonly type: 'set'; readonly path: DocumentPath; readonly val: UpdateOperand; readonly attrType: AttributeType | undefined }
  | { readonly type: 'remove'; readonly path: DocumentPath }
  | { readonly type: 'add' | 'delete'; readonly path: DocumentPath; readonly val: AttributeValue; readonly attrType: AttributeType };

export interface ParsedCondition {
  readonly expression: Condition;
  readonly nestedPaths: Readonly<Record<string, boolean>>;
  readonly pathHeads: Readonly<Record<string, boolean>>;
}

export interface ParsedUpdate {
  readonly sections: readonly UpdateSection[];
  readonly paths: readonly DocumentPath[];
  readonly nestedPaths: Readonly<Record<string, boolean>>;
}

export interface ParsedProjection {
  readonly paths: readonly DocumentPath[];
  readonly nestedPaths: Readonly<Record<string, boolean>>;
}

/** The expressions of a request, as `parseExpressions` leaves them in it. */
export interface ParsedExpressions {
  _condition?: ParsedCondition;
  _filter?: ParsedCondition;
  _keyCondition?: ParsedCondition;
  _updates?: ParsedUpdate;
  _projection?: ParsedProjection;
}

export function isPath(operand: unknown): operand is DocumentPath {
  return Array.isArray(operand);
}
