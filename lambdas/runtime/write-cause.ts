import { randomUUID } from 'node:crypto';
import { causeAttribute, type StoredCause } from '../../contracts/events.ts';
import type { Caller } from './request.ts';

/**
 * The attribute with the event whose handling writes; nothing for writes that are part of none, which may leave an earlier cause as
 * it is.
 */
export const causeAttributes = (caller: Caller): { readonly [causeAttribute]?: StoredCause } =>
  caller.kind === 'system' && caller.cause !== undefined ? { [causeAttribute]: { ...caller.cause, write: randomUUID() } } : {};
