import type { Call } from '../call.ts';
import { failures } from '../failures.ts';
import type { PageRequest } from '../groups-store.ts';

/** AWS's largest page, and its default. */
const MAXIMUM_PAGE = 60;

/** Reads the page size and the token; the token is the last key of the page before. */
export function pageOf(call: Call, names: { size: string; token: string }): PageRequest {
  const limit = call.input.integer(names.size, { min: 0, max: MAXIMUM_PAGE }) || MAXIMUM_PAGE;
  const token = call.input.optionalString(names.token);
  if (token === undefined) {
    return { after: '', limit };
  }
  const after = Buffer.from(token, 'base64url').toString('utf8');
  if (after === '' || Buffer.from(after).toString('base64url') !== token) {
    throw failures.invalidParameter(`Invalid ${names.token}`);
  }
  return { after, limit };
}

/** The token of the next page; undefined after the last one. A full page may be followed by an empty one, as on AWS. */
export function nextToken<T>(page: PageRequest, items: readonly T[], key: (item: T) => string): string | undefined {
  const last = items.length === page.limit ? items.at(-1) : undefined;
  return last === undefined ? undefined : Buffer.from(key(last)).toString('base64url');
}
