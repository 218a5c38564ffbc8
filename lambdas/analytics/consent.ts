import type { AnalyticsConsent } from '../../contracts/analytics.ts';
import type { UserAction } from '../runtime/request.ts';
import { putConsent, readConsentOf } from './consents-store.ts';
import { readBody } from './read-body.ts';

/** GET: what the user has said about analytics. */
export const readConsent: UserAction = async ({ caller }) => ({
  body: { consent: (await readConsentOf(caller.id)) ?? null } satisfies AnalyticsConsent,
});

/** PUT: the user says whether events may be taken. */
export const setConsent: UserAction = async (request) => {
  const { consent } = readBody('setConsent', request.body);
  await putConsent(request.caller.id, consent);
  return { body: { consent } satisfies AnalyticsConsent };
};
