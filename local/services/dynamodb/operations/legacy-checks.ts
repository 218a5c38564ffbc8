import { refuseIf, validationError } from '../dynamodb-errors.ts';
import type { LegacyUpdates } from '../expressions/legacy-parameters.ts';
import { typeOf } from '../values/attribute-value.ts';
import { checkAttributeValue } from '../values/check-attribute-value.ts';

const INVALID = 'One or more parameter values were invalid: ';
const SETS: readonly string[] = ['SS', 'NS', 'BS'];
const ADDABLE: readonly string[] = ['L', 'N', ...SETS];

/** Refuses `AttributeUpdates` whose actions do not fit their values. */
export function checkLegacyUpdates(updates: LegacyUpdates | undefined): void {
  for (const { Action, Value } of Object.values(updates ?? {})) {
    if (Value === undefined) {
      if (Action !== 'DELETE') throw validationError(`${INVALID}Only DELETE action is allowed when no attribute value is specified`);
      continue;
    }
    refuseIf(checkAttributeValue(Value));
    const type = typeOf(Value);
    if (Action === 'DELETE' && !SETS.includes(type))
      throw validationError(`${INVALID}DELETE action with value is not supported for the type ${type}`);
    if (Action === 'ADD' && !ADDABLE.includes(type)) throw validationError(`${INVALID}ADD action is not supported for the type ${type}`);
  }
}
