import { ApiError } from '../../contracts/errors.ts';
import { type WebhookEndpointWithSecret, webhookLimits } from '../../contracts/webhooks.ts';
import type { StoredSecret } from '../../contracts/webhooks-table.ts';
import type { Action } from '../runtime/request.ts';
import { endpointView, found } from './endpoint-view.ts';
import { changeEndpoint, readEndpoint } from './endpoints-store.ts';
import { readId } from './ids.ts';
import { readBody } from './read-body.ts';
import { newSecret } from './sign.ts';

/** The secret that was the newest signs on for a while. One that was on its way out goes at once: two are the most. */
const old = ([newest]: readonly StoredSecret[], graceSeconds: number, nowMs: number): readonly StoredSecret[] =>
  newest === undefined || graceSeconds === 0 ? [] : [{ ...newest, expiresAt: new Date(nowMs + graceSeconds * 1_000).toISOString() }];

/** POST: gives the endpoint a new secret. The answer is the only one that shows it. */
export const rotateWebhookSecret: Action = async (request) => {
  const id = readId(request.path['id']);
  const { graceSeconds = webhookLimits.graceSeconds.default } = readBody('rotateWebhookSecret', request);
  const before = found(await readEndpoint(id));
  const nowMs = Date.now();
  const now = new Date(nowMs).toISOString();
  const secret = newSecret();
  const secrets = [{ secret, createdAt: now }, ...old(before.secrets, graceSeconds, nowMs)];
  const item = await changeEndpoint(id, { secrets, updatedAt: now }, before.updatedAt);
  if (item === undefined) throw new ApiError('write_conflict', 'The endpoint was changed at the same moment. Read it, then try again.');
  const body: WebhookEndpointWithSecret = { ...endpointView(item, nowMs), secret };
  return { body };
};
