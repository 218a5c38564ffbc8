import { payments } from '@compiled/payments';
import { ApiError } from '../../contracts/errors.ts';
import type { Action, ApiRequest } from '../runtime/request.ts';
import { queueEvent } from './events-queue-client.ts';
import { readPaymentsSecret } from './secret-store.ts';
import { eventFacts, readEvent } from './stripe-event.ts';
import { checkSignature, type SignatureState } from './stripe-signature.ts';
import { writeLog } from './write-log.ts';

/** A wrong signature may be of a secret that is newer than what is kept. Strangers must not have it read for each request. */
const readAgainAfterMs = 30_000;

const check = async ({ rawBody }: ApiRequest, header: string): Promise<SignatureState> => {
  const now = Date.now();
  const first = await readPaymentsSecret();
  const state = checkSignature(rawBody, header, first.webhookSecrets, now);
  if (state !== 'wrong' || first.readAt > now - readAgainAfterMs) return state;
  return checkSignature(rawBody, header, (await readPaymentsSecret(now - readAgainAfterMs)).webhookSecrets, now);
};

/** @throws ApiError `invalid_signature`, `stale_signature` */
const assertSigned = async (request: ApiRequest): Promise<void> => {
  const header = request.headers['stripe-signature'] ?? '';
  const state = header === '' ? 'wrong' : await check(request, header);
  if (state === 'wrong')
    throw new ApiError('invalid_signature', 'The header Stripe-Signature is missing, or was not made with this endpoint’s secret.');
  if (state === 'stale')
    throw new ApiError('stale_signature', 'The signature is more than 5 minutes off. Check the clock, and sign again.');
};

/**
 * What is signed is Stripe's, so that the names and depths that bodies of strangers must not have are let through: metadata may have any.
 *
 * @throws ApiError `invalid_json`
 */
const parse = ({ rawBody }: ApiRequest): Readonly<Record<string, unknown>> => {
  try {
    return Object(JSON.parse(rawBody)) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw new ApiError('invalid_json', 'The body is signed, but no JSON.', { cause });
  }
};

/**
 * POST: takes an event of Stripe. Nothing of it is looked at before its signature is right, and nothing is answered before it is kept.
 */
export const receiveWebhook: Action = async (request) => {
  await assertSigned(request);
  const event = parse(request);
  const { isStandIn } = await readPaymentsSecret();
  const meaning = readEvent(event, payments.livemode && !isStandIn);
  if ('queued' in meaning) await queueEvent(meaning.queued);
  else writeLog('INFO', `an event of Stripe is ignored: ${meaning.ignored}`, eventFacts(event));
  return { body: { received: true } };
};
