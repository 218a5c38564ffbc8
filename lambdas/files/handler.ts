import { filesRoutes } from '../../contracts/files.ts';
import { defineHandler } from '../runtime/define-handler.ts';
import { filesActions } from './files-actions.ts';

/** The function behind `/files/*`. */
export const handler = defineHandler(filesRoutes, filesActions);
