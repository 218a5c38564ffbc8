import { emailRoutes } from '../../contracts/email.ts';
import { inProcess } from '../runtime/in-process.ts';
import { emailActions } from './email-actions.ts';

/** `/email/*` inside a function of the backend. */
export const inProcessEmail = inProcess(emailRoutes, emailActions);
