import { dataRoutes } from '../../contracts/data.ts';
import { inProcess } from '../runtime/in-process.ts';
import { dataActions } from './data-actions.ts';

/** `/data/*` inside a function of the backend. */
export const inProcessData = inProcess(dataRoutes, dataActions);
