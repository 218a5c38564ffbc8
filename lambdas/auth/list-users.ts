import type { AuthReply } from '../../contracts/auth-schemas.ts';
import type { FieldError } from '../../contracts/errors.ts';
import type { UserAction } from '../runtime/request.ts';
import { validationError } from '../runtime/validate-body.ts';
import { openCursor, sealCursor } from './users-cursor.ts';
import { findUsers } from './users-store.ts';

/** Cognito's own (ListUsers, Limit). */
const maxLimit = 60;
const defaultLimit = 20;
const maxSearchLength = 254;

const parameters = ['search', 'limit', 'cursor'];

const refuse = (name: string, code: string, detail: string): never => {
  const error: FieldError = { pointer: `/query/${name}`, code, detail };
  throw validationError([error]);
};

const readLimit = (text: string | null): number => {
  if (text === null) return defaultLimit;
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  return limit >= 1 && limit <= maxLimit ? limit : refuse('limit', 'invalid_value', `Expected a whole number from 1 to ${maxLimit}.`);
};

const readSearch = (text: string | null): string => {
  const search = (text ?? '').normalize('NFKC').trim().toLowerCase();
  if (search.length > maxSearchLength) refuse('search', 'too_long', `At most ${maxSearchLength} characters are allowed.`);
  if (/\p{Cc}/u.test(search)) refuse('search', 'invalid_format', 'No control characters are allowed.');
  return search;
};

const assertKnown = (query: URLSearchParams): void => {
  for (const name of query.keys()) {
    if (!parameters.includes(name)) refuse(name, 'unknown_field', `There is no such parameter. There are ${parameters.join(', ')}.`);
    if (query.getAll(name).length > 1) refuse(name, 'invalid_value', 'The parameter may be given once.');
  }
};

export const listUsers: UserAction = async ({ query }) => {
  assertKnown(query);
  const search = readSearch(query.get('search'));
  const limit = readLimit(query.get('limit'));
  const cursor = query.get('cursor');
  const page = await findUsers({
    emailPrefix: search,
    limit,
    paginationToken: cursor === null ? undefined : openCursor(search, cursor),
  });
  const next = page.paginationToken === undefined ? undefined : sealCursor(search, page.paginationToken);
  const body: AuthReply<'listUsers'> = { items: [...page.items], cursor: next };
  return { body };
};
