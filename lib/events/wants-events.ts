import type { BackendDefinition } from '../../contracts/backend.ts';
import type { FunctionDefinition } from '../../contracts/functions.ts';

/** Functions remember what they have done in the table of handled events. */
const listens = ({ options: { on, access = [] } }: FunctionDefinition): boolean =>
  on.some(({ kind }) => kind === 'event' || kind === 'schedule' || kind === 'queue') || access.some(({ kind }) => kind === 'events');

/** Whether something of a definition listens to events. A backend without such has no bus, and pays for none. */
export const wantsEvents = ({ events, functions = {}, integrations = {} }: BackendDefinition): boolean =>
  events !== undefined ||
  integrations.email !== undefined ||
  integrations.webhooks !== undefined ||
  integrations.inbound !== undefined ||
  Object.values(functions).some(listens);
