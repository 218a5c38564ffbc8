import { filesRoutes } from '../../contracts/files.ts';
import { inProcess } from '../runtime/in-process.ts';
import { filesActions } from './files-actions.ts';

/** `/files/*` inside a function of the backend. */
export const inProcessFiles = inProcess(filesRoutes, filesActions);
