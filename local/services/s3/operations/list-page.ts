import { invalidArgument } from '../s3-error.ts';

const MAX_KEYS = 1_000;

/** What a listing asks for. */
export interface Listing {
  readonly prefix: string;
  readonly delimiter: string;
  readonly maxKeys: number;
  readonly encodes: boolean;
}

/** @throws AwsError `InvalidArgument` */
export function readListing(query: URLSearchParams, limit = 'max-keys'): Listing {
  const text = query.get(limit);
  if (text !== null && text !== '' && !/^\d{1,10}$/.test(text))
    throw invalidArgument('Provided max-keys not an integer or within integer range', limit, text);
  const encoding = query.get('encoding-type');
  if (encoding !== null && encoding !== 'url')
    throw invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', encoding);
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    maxKeys: Math.min(text === null || text === '' ? MAX_KEYS : Number(text), MAX_KEYS),
    encodes: encoding === 'url',
  };
}

/** Keys as the listing writes them. */
export const writerOf =
  ({ encodes }: Pick<Listing, 'encodes'>) =>
  (text: string): string =>
    encodes
      ? encodeURIComponent(text)
          .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
          .replaceAll('%2F', '/')
          .replaceAll('%20', '+')
      : text;

/** What stands for all keys that begin alike up to the delimiter; undefined: the key stands for itself. */
export function commonPrefix(key: string, { prefix, delimiter }: Listing): string | undefined {
  const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

/** The first text behind all that begin with this one, in the order of UTF-8 bytes; undefined: there is none. */
export function behind(prefix: string): string | undefined {
  const points = [...prefix].map((character) => character.codePointAt(0) as number);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last === 0x10ffff) continue;
    // The code points between are no characters.
    points.push(last === 0xd7ff ? 0xe000 : last + 1);
    return String.fromCodePoint(...points);
  }
  return undefined;
}

/** One line of a listing: something under its key, or what stands for several. */
export type Entry<Item> = { readonly item: Item } | { readonly prefix: string };

/**
 * Where a listing begins that goes on behind a key or a common prefix: what begins with a common prefix has been listed with it.
 *
 * @returns undefined: nothing is left
 */
export function startOf(listing: Listing, after: string): string | undefined {
  const { prefix } = listing;
  return after.startsWith(prefix) && after !== '' && commonPrefix(after, listing) === after ? behind(after) : prefix;
}

/**
 * The lines of a listing.
 *
 * @param start see {@link startOf}
 * @param read gives what stands under this key and those behind it, in order; `first` tells the beginning from going on behind a common prefix
 */
export function* entriesOf<Item extends { readonly key: string }>(
  listing: Listing,
  start: string | undefined,
  read: (from: string, first: boolean) => Iterable<Item>,
): Generator<Entry<Item>> {
  let from = start;
  for (let first = true; from !== undefined; first = false) {
    let shared: string | undefined;
    for (const item of read(from, first)) {
      if (!item.key.startsWith(listing.prefix)) return;
      shared = commonPrefix(item.key, listing);
      yield shared === undefined ? { item } : { prefix: shared };
      if (shared !== undefined) break;
    }
    from = shared === undefined ? undefined : behind(shared);
  }
}

/** The first lines, and whether more follow. */
export function firstOf<Item>(entries: Iterable<Entry<Item>>, { maxKeys }: Listing): { page: readonly Entry<Item>[]; truncated: boolean } {
  const page: Entry<Item>[] = [];
  if (maxKeys === 0) return { page, truncated: false };
  for (const entry of entries) {
    if (page.length === maxKeys) return { page, truncated: true };
    page.push(entry);
  }
  return { page, truncated: false };
}
