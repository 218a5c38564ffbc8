import { isDeepStrictEqual } from 'node:util';
import type { StoredState } from './stored-state.ts';
import type { Expectations, ExpectedRecord } from './write-load.ts';

type Item = Readonly<Record<string, unknown>>;

const systemFields = new Set(['id', 'owner', 'version', 'createdAt', 'updatedAt']);
const ownFields = (item: Item): Item => Object.fromEntries(Object.entries(item).filter(([name]) => !systemFields.has(name)));

const isStoredAs = (expected: ExpectedRecord | undefined, stored: Item | undefined): boolean => {
  if (expected === undefined || stored === undefined) return expected === stored;
  return stored['version'] === expected.version && isDeepStrictEqual(ownFields(stored), expected.fields);
};

/**
 * Compares what is stored with what was acknowledged. A write without an answer may be there, whole, or not at all; from then on
 * it is expected as it was found.
 *
 * @returns what contradicts
 */
export function compareState(expectations: Expectations, state: StoredState): string[] {
  const faults = [...expectations.faults.splice(0), ...state.faults];
  const stored = new Map<string, Item>();
  for (const [model, items] of Object.entries(state.records)) {
    for (const item of items) {
      const tag = String(item['tag']);
      if (stored.has(tag)) faults.push(`two records have the tag ${tag}`);
      stored.set(tag, item);
      if (expectedModel(expectations, tag) !== model) faults.push(`${model} ${tag} was never written, or deleted`);
    }
  }
  faults.push(...settle(expectations, state, stored));
  for (const [tag, expected] of expectations.records) {
    if (!isStoredAs(expected, stored.get(tag)))
      faults.push(`${tag} is ${JSON.stringify(stored.get(tag))}, not ${JSON.stringify(expected)}`);
  }
  return [...faults, ...uniqueFaults(state), ...keyFaults(expectations, state)];
}

const expectedModel = ({ records, unanswered }: Expectations, tag: string): string | undefined => {
  const write = unanswered.find((each) => each.tag === tag);
  return (records.get(tag) ?? write?.after)?.model;
};

/** Finds out which unanswered writes were done. Their keys must say the same. */
function settle(expectations: Expectations, state: StoredState, stored: ReadonlyMap<string, Item>): string[] {
  const faults: string[] = [];
  for (const { tag, before, after, key, call } of expectations.unanswered) {
    const found = stored.get(tag);
    const wasDone = isStoredAs(after, found);
    if (!wasDone && !isStoredAs(before, found)) faults.push(`${call.method} of ${tag} was done by half: ${JSON.stringify(found)}`);
    if (key !== undefined && state.keys.has(key) !== wasDone)
      faults.push(`the key of ${call.method} ${tag} does not agree with its effect`);
    if (wasDone) expectations.set(tag, after && { ...after, id: String(found?.['id']) });
  }
  return faults;
}

/** Every unique value belongs to the record that has it, and every record has its value. */
function uniqueFaults({ records, uniques }: StoredState): string[] {
  const byName = new Map(records.Named.map((item) => [String(item['name']), String(item['id'])]));
  return isDeepStrictEqual(byName, uniques) && byName.size === records.Named.length
    ? []
    : ['the unique values are not those of the records'];
}

function keyFaults({ keys, unanswered }: Expectations, state: StoredState): string[] {
  const lost = [...keys.keys()].filter((key) => !state.keys.has(key));
  const strange = [...state.keys].filter((key) => !keys.has(key) && !unanswered.some((write) => write.key === key));
  return [...lost.map((key) => `the key ${key} is lost`), ...strange.map((key) => `the key ${key} is of no request`)];
}
