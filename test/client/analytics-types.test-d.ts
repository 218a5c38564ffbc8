import { z } from 'zod';
import { createClient } from '../../client/client.ts';
import { defineBackend } from '../../contracts/backend.ts';

// Compiled, never run: `tsc` fails when a line with @ts-expect-error compiles, and when another one does not.

const backend = defineBackend({
  integrations: {
    analytics: { events: { 'page.viewed': z.object({ path: z.string() }), opened: z.object({}) } },
  },
});

const { analytics } = createClient<typeof backend>({ url: 'http://127.0.0.1:1' });

export const events = async (): Promise<void> => {
  await analytics.record([{ type: 'page.viewed', properties: { path: '/' }, at: new Date() }], { consent: true, anonymousId: 'a' });
  await analytics.record([{ type: 'opened', properties: {} }]);
  await analytics.setConsent((await analytics.consent()).consent ?? false);
  // @ts-expect-error There is no such type.
  await analytics.record([{ type: 'closed', properties: {} }]);
  // @ts-expect-error The property is a text.
  await analytics.record([{ type: 'page.viewed', properties: { path: 1 } }]);
  // @ts-expect-error The event has a property.
  await analytics.record([{ type: 'page.viewed', properties: {} }]);
};
