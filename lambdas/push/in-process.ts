import { pushRoutes } from '../../contracts/push.ts';
import { inProcess } from '../runtime/in-process.ts';
import { pushActions } from './push-actions.ts';

/** `/push/*` inside a function of the backend. */
export const inProcessPush = inProcess(pushRoutes, pushActions);
