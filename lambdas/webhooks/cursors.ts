import { createCursorSeal } from '../runtime/sealed-cursor.ts';
import { loadCursorKey } from './deliveries-store.ts';

/** Seals where lists of deliveries go on. */
export const cursors = createCursorSeal(loadCursorKey);
