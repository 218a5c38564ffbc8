import { emailRoutes } from '../../contracts/email.ts';
import { defineHandler } from '../runtime/define-handler.ts';
import { emailActions } from './email-actions.ts';

/** The function behind `/email/*`. */
export const handler = defineHandler(emailRoutes, emailActions);
