import type { ApiCall } from '../support/call-api.ts';
import type { Caller } from './callers.ts';
import type { Refusal } from './oracle.ts';
import type { MatrixModel } from './rules.ts';

/** What an answer may be compared with while it is judged. */
export interface Seen {
  /** The ids of the users. */
  readonly idOf: (caller: Caller) => string;
  /** A stored record, as those see it who may see all of it. */
  readonly stored: (model: MatrixModel | 'Hub', id: string) => Promise<Readonly<Record<string, unknown>> | undefined>;
}

/** The success that the oracle expects. */
export interface Success {
  readonly status: number;
  /** What is wrong with the body; undefined if nothing is. */
  readonly fault?: (body: unknown, seen: Seen) => string | undefined | Promise<string | undefined>;
}

/** One caller, one operation, one record or list. */
export interface Cell {
  readonly caller: Caller;
  readonly model: MatrixModel;
  /** What is asked for, for people. */
  readonly title: string;
  readonly call: ApiCall | ((seen: Seen) => ApiCall);
  readonly expected: Refusal | Success;
  /** The standing record that success raises the version of. */
  readonly raises?: string;
  /** Several of them. */
  readonly raisesAll?: readonly string[];
  /** A record that is made for the cell, by this user. */
  readonly given?: { readonly owner: Caller; readonly body: Readonly<Record<string, unknown>> };
  /** The id of the record that success makes; it is taken away after the cell. */
  readonly makes?: string;
}

/** The names that differ between two records, ids of both sides shown. */
export const differing = (got: unknown, wanted: Readonly<Record<string, unknown>>): string | undefined => {
  const body = (typeof got === 'object' && got !== null ? got : {}) as Readonly<Record<string, unknown>>;
  const names = [...new Set([...Object.keys(body), ...Object.keys(wanted)])].filter(
    (name) => JSON.stringify(body[name]) !== JSON.stringify(wanted[name]),
  );
  return names.length === 0 ? undefined : `shows other ${names.join(', ')}: ${JSON.stringify(got)?.slice(0, 300)}`;
};

/** Some fields of a record. */
export const pick = (record: Readonly<Record<string, unknown>>, names: readonly string[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(names.filter((name) => record[name] !== undefined).map((name) => [name, record[name]]));

/** The ids of a page. */
export const idsOf = (page: unknown): readonly string[] =>
  ((page as { items?: readonly { id: string }[] } | undefined)?.items ?? []).map(({ id }) => id).sort();

/** What is wrong with the ids of a page. */
export const wrongIds = (page: unknown, wanted: readonly string[]): string | undefined => {
  const got = idsOf(page).join();
  const expected = [...wanted].sort().join();
  return got === expected ? undefined : `lists ${got || 'nothing'} instead of ${expected || 'nothing'}`;
};

/** What is wrong with the names of a record's fields. */
export const wrongNames = (record: unknown, wanted: readonly string[], optional: readonly string[] = []): string | undefined => {
  const got = Object.keys((record ?? {}) as object);
  const missing = wanted.filter((name) => !got.includes(name));
  const foreign = got.filter((name) => !wanted.includes(name) && !optional.includes(name));
  return missing.length + foreign.length === 0
    ? undefined
    : `lacks ${missing.join() || 'nothing'}, shows ${foreign.join() || 'nothing'} beside`;
};
