import { isDeepStrictEqual } from 'node:util';

/** A change whose way is followed. */
export interface LedgerNote {
  readonly id: string;
  readonly version: number;
  /** `poison`: the consumer fails at it until it is mended. `refused`: so does the receiver of webhooks. */
  readonly title: 'fine' | 'poison' | 'refused';
  readonly owner: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

const time = '2026-01-01T00:00:00.000Z';

const titleOf = (index: number, oneIn: number): LedgerNote['title'] => {
  if (index % oneIn === 0) return 'poison';
  return index % oneIn === 1 ? 'refused' : 'fine';
};

/** The note of a number: the same each time, so that a payload can be compared with it. */
export const noteOf = (index: number, faultyOneIn: number): LedgerNote => ({
  id: `n${index}`,
  version: 1,
  title: titleOf(index, faultyOneIn),
  owner: 'somebody',
  createdAt: time,
  updatedAt: time,
});

/** The id of the note that lies whole somewhere in a value; undefined if there is none. */
export const wholeNoteIn = (value: unknown, faultyOneIn: number): string | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id } = value as { readonly id?: unknown };
  if (typeof id === 'string' && /^n\d+$/.test(id) && isDeepStrictEqual(value, noteOf(Number(id.slice(1)), faultyOneIn))) return id;
  for (const inner of Object.values(value)) {
    const found = wholeNoteIn(inner, faultyOneIn);
    if (found !== undefined) return found;
  }
  return undefined;
};
