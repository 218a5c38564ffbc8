import validations from 'dynalite/validations/index.js';
import scanTypes from 'dynalite/validations/scan.js';
import { refuseIf, validationError } from '../dynamodb-errors.ts';
import type { LegacyConditions } from '../expressions/legacy-parameters.ts';
import type { KeyRange } from '../storage/database.ts';
import { SEGMENT_DIGITS } from '../storage/key-encoding.ts';
import { parseExpressions } from './expression-input.ts';
import { checkAttributesToGet } from './item-operations.ts';
import type { Operation } from './operation.ts';
import {
  answerPage,
  checkSelect,
  checkStartKey,
  checkStartKeyValues,
  type ReadInput,
  type ReadTarget,
  readArn,
  readTarget,
} from './read-request.ts';

interface ScanInput extends ReadInput {
  readonly ScanFilter?: LegacyConditions;
  readonly Segment?: number;
  readonly TotalSegments?: number;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html */
const MAX_SEGMENTS = 1_000_000;
const HASH_SLOTS = 16 ** SEGMENT_DIGITS;

export const scan: Operation<ScanInput> = {
  types: {
    ...scanTypes.types,
    ConsistentRead: 'Boolean',
    Segment: { type: 'Integer', greaterThanOrEqual: 0, lessThanOrEqual: MAX_SEGMENTS - 1 },
    TotalSegments: { type: 'Integer', greaterThanOrEqual: 1, lessThanOrEqual: MAX_SEGMENTS },
  },
  grants: (input, engine) => [['dynamodb:Scan', readArn(input, engine)]],
  validate(input) {
    refuseIf(
      validations.validateExpressionParams(
        input,
        ['ProjectionExpression', 'FilterExpression'],
        ['AttributesToGet', 'ScanFilter', 'ConditionalOperator'],
      ),
    );
    checkAttributesToGet(input.AttributesToGet);
    refuseIf(validations.validateConditions(input.ScanFilter));
    checkStartKeyValues(input.ExclusiveStartKey);
    checkSegments(input);
    checkSelect(input);
    parseExpressions(input);
  },
  run(input, engine, billed) {
    const target = readTarget(input, engine);
    const range = segmentRange(input, target);
    return answerPage(input, target, startAfter(input, target, range), engine, billed);
  },
};

function checkSegments({ Segment, TotalSegments }: ScanInput): void {
  if (Segment !== undefined && TotalSegments === undefined) {
    throw validationError('The TotalSegments parameter is required but was not present in the request when Segment parameter is present');
  }
  if (TotalSegments === undefined) return;
  if (Segment === undefined) {
    throw validationError('The Segment parameter is required but was not present in the request when parameter TotalSegments is present');
  }
  if (Segment >= TotalSegments) {
    throw validationError(
      'The Segment parameter is zero-based and must be less than parameter TotalSegments: ' +
        `Segment: ${Segment} is not less than TotalSegments: ${TotalSegments}`,
    );
  }
}

/** Each segment holds an equal part of the partitions' hashes. */
function segmentRange({ Segment = 0, TotalSegments = 1 }: ScanInput, { table, index }: ReadTarget): { gte: string; lt: string } {
  const prefix = index?.prefix ?? table.itemPrefix;
  const bound = (segment: number) => {
    const slot = Math.ceil((HASH_SLOTS * segment) / TotalSegments);
    return slot >= HASH_SLOTS ? `${prefix}~` : prefix + slot.toString(16).padStart(SEGMENT_DIGITS, '0');
  };
  return { gte: bound(Segment), lt: bound(Segment + 1) };
}

function startAfter(input: ScanInput, target: ReadTarget, range: { gte: string; lt: string }): KeyRange {
  const startKey = input.ExclusiveStartKey;
  if (startKey === undefined) return range;
  const { table, index } = target;
  const reason = index === undefined ? ': The provided key element does not match the schema' : '';
  checkStartKey(startKey, target, `The provided starting key is invalid${reason}`);
  const key = (index === undefined ? table.itemKey(startKey) : table.indexKey(index, startKey)) as string;
  if (key < range.gte || key >= range.lt) {
    throw validationError(
      'The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. ' +
        `TotalSegments: ${input.TotalSegments} Segment: ${input.Segment}`,
    );
  }
  return { gt: key, lt: range.lt };
}
