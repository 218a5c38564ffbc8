import type { BackendDefinition } from '../../contracts/backend.ts';
import type { FunctionDefinition } from '../../contracts/functions.ts';

/** Functions remember what they have done in the table of handled events. */
const listens = ({ options: { on, access = [] } }: FunctionDefinition): boolean =>
  on.some(({ kind }) => kind === 'event' || kind === 'schedule' || kind === 'queue') || access.some(({ kind }) => kind === 'events');

/** Whether something of a definition listens to events. A backend without such has its changes told to nobody, and pays for none. */
export const wantsEvents = ({ events, functions = {}, integrations = {} }: BackendDefinition): boolean =>
  events !== undefined ||
  integrations.email !== undefined ||
  integrations.webhooks !== undefined ||
  integrations.inbound !== undefined ||
  Object.values(functions).some(listens);

/**
 * Whether something of a definition has to forget people whose accounts are deleted: devices and consents are of use to nobody then,
 * and models, folders and payments may say so of records, files and subscriptions.
 */
export const forgetsUsers = ({ data, files, push, integrations }: BackendDefinition): boolean =>
  push !== undefined ||
  integrations?.analytics !== undefined ||
  integrations?.payments?.onUserDelete === 'cancel' ||
  Object.values(data?.models ?? {}).some(({ definition }) => definition.onUserDelete === 'delete') ||
  Object.values(files?.folders ?? {}).some(({ options }) => options.onUserDelete === 'delete');
