import { createHash } from 'node:crypto';
import { newId } from '../runtime/new-id.ts';

/** JSON that is the same for the same values: the order of members, which DynamoDB does not keep, does not count. */
const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([left], [right]) => (left < right ? -1 : 1)))
      : each,
  );

/** The UUIDv8 (RFC 9562, section 5.8) of what is given: the same for the same. */
export const uuidOf = (...parts: readonly unknown[]): string => {
  const bytes = createHash('sha256').update(canonicalJson(parts)).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};

/** Ids of what a run tells others. */
export interface RunIds {
  /** The id of something with this content. The same content twice is two things, with two ids. */
  take(...content: readonly unknown[]): string;
  /** Gives back ids of what was not told: it has them again when it is tried again. */
  giveBack(ids: readonly string[]): void;
}

/** Ids of a run that nobody repeats. */
const randomIds: RunIds = { take: () => newId(), giveBack: () => undefined };

/**
 * Ids that a run which is repeated gives again to what it tells again. They are made of the content and not of its place in the run: a
 * repetition may take another way, and what it tells there must not pass for something that was told before.
 *
 * @param run the same at each try of the same run. Undefined: nobody repeats it, and each id is a new one
 */
export const createRunIds = (run: string | undefined): RunIds => {
  if (run === undefined) return randomIds;
  const counts = new Map<string, number>();
  const contents = new Map<string, string>();
  const returned = new Map<string, string[]>();
  return {
    take: (...what) => {
      const content = uuidOf(run, what);
      const again = returned.get(content)?.pop();
      if (again !== undefined) return again;
      const count = (counts.get(content) ?? 0) + 1;
      counts.set(content, count);
      const id = uuidOf(content, count);
      contents.set(id, content);
      return id;
    },
    giveBack: (ids) => {
      for (const id of ids) {
        const content = contents.get(id);
        if (content !== undefined) returned.set(content, [...(returned.get(content) ?? []), id]);
      }
    },
  };
};
