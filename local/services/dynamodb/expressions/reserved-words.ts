import validations from 'dynalite/validations/index.js';

const MAX_CACHED = 10_000;
const known = new Map<string, boolean>();

/** Whether DynamoDB reserves the word, in any case. dynalite has the list but tells it only through its parser, so answers are kept. */
export function isReservedWord(word: string): boolean {
  const key = word.toUpperCase();
  const cached = known.get(key);
  if (cached !== undefined) return cached;
  const reserved = validations.validateExpressions({ ProjectionExpression: key })?.includes('reserved keyword') ?? false;
  if (known.size >= MAX_CACHED) known.clear();
  known.set(key, reserved);
  return reserved;
}
