import type { emailRoutes } from '../../contracts/email.ts';
import type { InProcessActions } from '../runtime/in-process.ts';
import { readEmail } from './read-email.ts';
import { sendEmail } from './send-email.ts';
import { deleteSuppression, readSuppression } from './suppressions.ts';

/** The code of each route of e-mail. */
export const emailActions = { sendEmail, readEmail, readSuppression, deleteSuppression } as const satisfies InProcessActions<
  typeof emailRoutes
>;
