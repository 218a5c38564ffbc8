import type { BackendDefinition } from '../../contracts/backend.ts';

/** Whether something of a definition listens to events. A backend without such has no bus, and pays for none. */
export const wantsEvents = ({ events }: BackendDefinition): boolean => events !== undefined;
