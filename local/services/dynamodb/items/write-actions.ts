import { validationError } from '../dynamodb-errors.ts';
import type { Condition, ParsedExpressions } from '../expressions/expression-tree.ts';
import { applyLegacyUpdates, type LegacyConditions, type LegacyUpdates, legacyCondition } from '../expressions/legacy-parameters.ts';
import { applyUpdate } from '../expressions/update.ts';
import type { Table } from '../tables/table.ts';
import { type Item, typeOf } from '../values/attribute-value.ts';
import { itemSize } from '../values/item-size.ts';
import type { WriteAction } from './item-writer.ts';
import { checkItemKeys, checkKey, checkNestedPaths, checkUpdatedIndexKeys, checkUpdatedNames, updatedNames } from './key-checks.ts';

/** Bytes of an item. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
export const MAX_ITEM_BYTES = 409_600;

/** The members that decide whether a write happens. */
export interface ConditionInput extends ParsedExpressions {
  readonly Expected?: LegacyConditions;
  readonly ConditionalOperator?: 'AND' | 'OR';
  readonly ReturnValuesOnConditionCheckFailure?: 'ALL_OLD' | 'NONE';
}

export interface PutInput extends ConditionInput {
  readonly Item: Item;
}

export interface KeyInput extends ConditionInput {
  readonly Key: Item;
}

export interface UpdateInput extends KeyInput {
  readonly AttributeUpdates?: LegacyUpdates;
}

export function putAction(table: Table, input: PutInput): WriteAction {
  checkItemKeys(input.Item, table);
  return { ...conditionOf(table, input), table, key: table.itemKey(input.Item), next: () => input.Item };
}

export function deleteAction(table: Table, input: KeyInput): WriteAction {
  checkKey(input.Key, table);
  return { ...conditionOf(table, input), table, key: table.itemKey(input.Key), next: () => undefined };
}

/** `ConditionCheck` of a transaction. */
export function checkAction(table: Table, input: KeyInput): WriteAction {
  return { ...deleteAction(table, input), checkOnly: true };
}

export function updateAction(table: Table, input: UpdateInput): WriteAction {
  checkKey(input.Key, table);
  const { _updates: updates, AttributeUpdates: legacy } = input;
  if (updates !== undefined) checkUpdatedNames(updatedNames(updates), table);
  else if (legacy !== undefined) checkUpdatedNames(legacyNames(legacy), table);
  checkNestedPaths(updates?.nestedPaths, table);
  return {
    ...conditionOf(table, input),
    table,
    key: table.itemKey(input.Key),
    next: (before) => {
      const start = before ?? input.Key;
      const after = updates === undefined ? applyLegacyUpdates(legacy ?? {}, start) : applyUpdate(updates.sections, start);
      checkUpdatedIndexKeys(start, after, table);
      if (itemSize(after) > MAX_ITEM_BYTES) throw validationError('Item size to update has exceeded the maximum allowed size');
      return after;
    },
  };
}

function conditionOf(table: Table, input: ConditionInput): Pick<WriteAction, 'condition' | 'returnOldOnFailure'> {
  checkNestedPaths(input._condition?.nestedPaths, table);
  const condition: Condition | undefined = input._condition?.expression ?? legacyCondition(input.Expected, input.ConditionalOperator);
  return { condition, returnOldOnFailure: input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' };
}

function legacyNames(updates: LegacyUpdates): { name: string; type: string | undefined }[] {
  return Object.entries(updates).map(([name, { Value }]) => ({ name, type: Value && typeOf(Value) }));
}
