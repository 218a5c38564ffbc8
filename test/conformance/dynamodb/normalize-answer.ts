import type { Answer } from './probe.ts';

/** Members whose value is the run's own. */
const RUN_SPECIFIC: readonly string[] = [
  'CreationDateTime',
  'CreationRequestDateTime',
  'LastUpdateToPayPerRequestDateTime',
  'ApproximateCreationDateTime',
  'EarliestRestorableDateTime',
  'LatestRestorableDateTime',
  'eventID',
  'ShardId',
  'ShardIterator',
  'NextShardIterator',
  'SequenceNumber',
  'StartingSequenceNumber',
  'EndingSequenceNumber',
  'StreamLabel',
  'LatestStreamLabel',
  'awsRegion',
];
/** Members that one of them leaves out and that say nothing. */
const IGNORED: readonly string[] = ['LastIncreaseDateTime', 'LastDecreaseDateTime', 'TableId'];
/** Lists whose order says nothing. */
const UNORDERED: readonly string[] = [
  'Items',
  'SS',
  'NS',
  'BS',
  'AttributeDefinitions',
  'GlobalSecondaryIndexes',
  'LocalSecondaryIndexes',
  'Tags',
  'ConsumedCapacity',
  'simple',
];
const LONGEST_TEXT = 400;

/** What two runs of the same call have in common. */
export function normalizeAnswer(answer: Answer, operation: string): unknown {
  const { message, Message, ...rest } = answer.body;
  const text = message ?? Message;
  // The oracle's tables are ACTIVE even in the answer that deletes or changes them.
  const description = rest['TableDescription'] as Record<string, unknown> | undefined;
  if (description !== undefined && operation !== 'CreateTable') description['TableStatus'] = '<changing>';
  const body = normalize(rest, operation === 'Query' ? '' : 'Items');
  return answer.status === 200
    ? body
    : { status: answer.status, ...(body as object), ...(text !== undefined && { message: normalizeText(String(text)) }) };
}

function normalize(value: unknown, unorderedItems: string, member = ''): unknown {
  if (typeof value === 'string') return normalizeText(value);
  if (Array.isArray(value)) {
    const members = value.map((entry) => normalize(entry, unorderedItems));
    const keep = member === 'Items' && unorderedItems === '';
    return UNORDERED.includes(member) && !keep ? members.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : members;
  }
  if (typeof value !== 'object' || value === null) return value;
  const sorted = Object.entries(value)
    .filter(([name]) => !IGNORED.includes(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    sorted.map(([name, entry]) => [
      name,
      RUN_SPECIFIC.includes(name) && typeof entry !== 'object' ? '<run>' : normalize(entry, unorderedItems, name),
    ]),
  );
}

function normalizeText(text: string): string {
  const plain = text
    .replace(/arn:aws:dynamodb:[^:]*:\d+:/g, 'arn:aws:dynamodb:<region>:<account>:')
    .replace(/\/stream\/[^/"' ]+/g, '/stream/<label>')
    .replace(/\(Service: [^)]*\)/g, '');
  return plain.length > LONGEST_TEXT ? `${plain.slice(0, 40)}<${plain.length} characters>` : plain;
}
