import type { Caller } from './request.ts';

/** What keeps the cursors and keys of callers apart: the user's `sub`, `system`, null for guests. */
export const callerKey = (caller: Caller): string | null => {
  if (caller.kind === 'guest') return null;
  return caller.kind === 'user' ? caller.id : 'system';
};
