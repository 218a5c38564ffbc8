import { createHash } from 'node:crypto';
import { refusal } from './refusals.ts';

const version = '1';
const bindingOf = (search: string): string => createHash('sha256').update(search).digest('base64url').slice(0, 16);

/** A cursor for the next page of this search. It needs no seal: all it holds is Cognito's own token, and only admins come here. */
export const sealCursor = (search: string, paginationToken: string): string =>
  Buffer.from(JSON.stringify([version, bindingOf(search), paginationToken])).toString('base64url');

/**
 * Cognito's token in a cursor.
 *
 * @throws ApiError `invalid_cursor` for what is no cursor, or one of another search
 */
export const openCursor = (search: string, cursor: string): string => {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(parts) && parts[0] === version && parts[1] === bindingOf(search) && typeof parts[2] === 'string' && parts[2] !== '') {
      return parts[2];
    }
  } catch (cause) {
    throw refusal('invalid_cursor', cause);
  }
  throw refusal('invalid_cursor');
};
