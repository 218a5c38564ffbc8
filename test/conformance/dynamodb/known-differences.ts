/** A step whose answer differs from the oracle's on purpose. */
export interface KnownDifference {
  readonly reason: string;
  /** Names of probes; `name#3` is one step of it. */
  readonly probes: readonly string[];
}

/**
 * Both refuse with the same error, in other words. DynamoDB Local has texts of its own; ours are those of the service, which
 * dynalite's authors took down from it, or which AWS's documentation and SDK issues quote.
 */
export const WORDING = 'the same error in the words of the service';

/** Where local mode follows the service and DynamoDB Local does not. */
export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    reason:
      'DynamoDB Local leaves numbers inside lists and maps as they were written; the service normalises all numbers (API reference, AttributeValue)',
    probes: ['numbers in normal form#1'],
  },
  {
    reason: 'DynamoDB Local answers ConsumedCapacity to the delete of a missing item although nobody asked',
    probes: [
      'delete returns the old item#2',
      'stream of new and old images#7',
      'stream of keys#7',
      'stream of new images#7',
      'stream of old images#7',
    ],
  },
  {
    reason: 'DynamoDB Local answers 500 or takes JSON of wrong types; the service answers SerializationException',
    probes: ['invalid base64', 'wrong JSON types'],
  },
  {
    reason: 'DynamoDB Local does not check enumerations or required members that the API model has',
    probes: [
      'unknown enumeration values',
      'transaction with invalid expressions#4',
      'transaction with unknown return value',
      'transaction with a token#4',
      'billing mode and throughput disagree',
      'stream without a view',
    ],
  },
  {
    reason:
      'UPDATED_OLD and UPDATED_NEW hold the changed path only, verified against the service in github.com/ExtendDB/extenddb/pull/105; DynamoDB Local returns the whole attribute',
    probes: ['updated old and new#1', 'updated old and new#2'],
  },
  {
    reason: 'DynamoDB Local drops an AttributeUpdates entry without Action; the API reference says that PUT is the default',
    probes: ['attribute updates#0', 'attribute updates#2'],
  },
  {
    reason: 'a read that finds nothing costs the least unit (developer guide, "Read consumption"); DynamoDB Local counts 0',
    probes: ['capacity of queries', 'batch write and get#2'],
  },
  { reason: 'DynamoDB Local counts 2 units for a delete in a batch; the service counts 1 per KB', probes: ['batch write and get#0'] },
  {
    reason:
      'transactions name their units also as ReadCapacityUnits or WriteCapacityUnits, and every action counts twice (API reference, ConsumedCapacity); DynamoDB Local counts actions on one table once',
    probes: [
      'transaction of all kinds#1',
      'transaction with a token#0',
      'transaction with a token#1',
      'capacity of transactions',
      'transactional reads#1',
      'transactional reads#2',
    ],
  },
  {
    reason: 'DynamoDB Local ends the message of a failed ConditionCheck with a full stop',
    probes: ['cancellation reasons with items#2', 'token of a cancelled transaction'],
  },
  {
    reason:
      'an update that does not fit its item cancels the transaction with ValidationError (API reference, TransactionCanceledException)',
    probes: ['transaction with an update that does not fit#1', 'transaction with an update that does not fit#2'],
  },
  {
    reason:
      'a key that does not fit its table cancels the transaction with ValidationError, verified against the service in github.com/paritysuite/dynamodb-conformance/pull/60',
    probes: ['transaction with invalid keys', 'transactional reads#5'],
  },
  {
    reason: 'an index on demand reports a throughput of zero on the service; DynamoDB Local leaves it out',
    probes: ['table with indexes', 'index added and removed'],
  },
  {
    reason: 'DynamoDB Local has no tags, no backups, and another answer to unknown operations',
    probes: ['tags', 'settings of missing tables#2', 'unknown operation'],
  },
];

/** Why this step may differ; undefined when it may not. */
export function knownReason(probe: string, step: number): string | undefined {
  return KNOWN_DIFFERENCES.find(({ probes }) => probes.includes(probe) || probes.includes(`${probe}#${step}`))?.reason;
}
