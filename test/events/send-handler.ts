import type { OwnEvent } from '../../lambdas/runtime/own-events.ts';
import { sendOwnEvents } from '../../lambdas/runtime/own-events.ts';

interface Wish {
  readonly events: readonly OwnEvent[];
  readonly handled?: { readonly id: string; readonly depth: number };
}

/** A function that sends what it is told to. */
export const handler = async ({ events, handled }: Wish): Promise<string> => {
  try {
    await sendOwnEvents(events, { actor: 'somebody', ...(handled && { handled }) });
    return 'sent';
  } catch (error) {
    return error instanceof Error ? `${'code' in error ? String(error.code) : ''} ${error.message}` : 'unknown';
  }
};
