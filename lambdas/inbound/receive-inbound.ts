import { createHash } from 'node:crypto';
import { inbound } from '@compiled/inbound';
import { ApiError } from '../../contracts/errors.ts';
import { type CompiledInboundProvider, type InboundDelivery, inboundLimits, inboundType } from '../../contracts/inbound.ts';
import type { Action, ApiRequest } from '../runtime/request.ts';
import { putBody } from './bodies-store.ts';
import { findValue } from './find-value.ts';
import { storeWebhook } from './inbound-store.ts';
import type { ReceivedWebhook } from './provider.ts';
import { providerOf } from './providers.ts';
import { secretsOf } from './secrets-store.ts';

/** @throws ApiError `not_found` */
const findProvider = (name: string | undefined): CompiledInboundProvider => {
  if (name !== undefined && Object.hasOwn(inbound, name)) return inbound[name] as CompiledInboundProvider;
  throw new ApiError('not_found', 'No webhooks are taken under this name. The definition names those that are: integrations.inbound.');
};

/** @throws ApiError `body_too_large` */
const assertFits = (text: string, bytes: number): void => {
  if (Buffer.byteLength(text) > bytes) {
    throw new ApiError('body_too_large', `The body has more than ${bytes} bytes as JSON. Nothing was taken.`);
  }
};

const isWrong = (error: unknown): boolean => error instanceof ApiError && error.code === 'invalid_signature';

/**
 * Checks the signature. A secret may be newer than what this function knows, so a wrong one is looked at again.
 *
 * @throws ApiError `invalid_signature`, `stale_signature`, `unavailable`
 */
const verified = async ({ headers, rawBody }: ApiRequest, provider: CompiledInboundProvider): Promise<ReceivedWebhook> => {
  const { verify, isSecret = () => true } = providerOf(provider);
  const webhook = { headers, rawBody, provider, secrets: await secretsOf(provider, isSecret), nowMs: Date.now() };
  try {
    verify(webhook);
    return webhook;
  } catch (error) {
    if (!isWrong(error)) throw error;
    const secrets = await secretsOf(provider, isSecret, true);
    if (secrets === webhook.secrets) throw error;
    verify({ ...webhook, secrets });
    return webhook;
  }
};

/** JSON that cannot be written again, as it is nested too deeply, stays the text that it is. */
const parse = (rawBody: string): unknown => {
  try {
    const body: unknown = JSON.parse(rawBody);
    JSON.stringify(body);
    return body;
  } catch {
    return rawBody;
  }
};

/** The id of a happening whose service gives it none: what is signed is the same whenever it is sent again. */
const hashOf = ({ rawBody, headers, provider: { signature } }: ReceivedWebhook): string => {
  const timestampHeader = typeof signature === 'object' ? signature.timestampHeader : undefined;
  const timestamp = timestampHeader === undefined ? '' : headers[timestampHeader.toLowerCase()];
  return createHash('sha256').update(`${timestamp}.${rawBody}`).digest('hex');
};

const deliveryOf = (webhook: ReceivedWebhook): InboundDelivery => {
  const { headers, provider } = webhook;
  const body = parse(webhook.rawBody);
  const told = providerOf(provider).describe(webhook, body);
  const id = findValue(provider.id, webhook, body) ?? told.id ?? hashOf(webhook);
  const type = findValue(provider.type, webhook, body) ?? told.type;
  const names = ['content-type', ...provider.headers].filter((name) => headers[name] !== undefined);
  return {
    // A key of DynamoDB has its bounds; an id that is longer is still told apart.
    id: id.length <= inboundLimits.idLength ? id : createHash('sha256').update(id).digest('hex'),
    ...(type !== undefined && { type }),
    headers: Object.fromEntries(names.map((name) => [name, headers[name] ?? ''])),
    body,
  };
};

/** The data of the event. A body that is too large for it is kept apart first: without its event it ends by itself. */
const dataOf = async (name: string, { rawBody, provider }: ReceivedWebhook, delivery: InboundDelivery): Promise<string> => {
  const whole = JSON.stringify(delivery);
  if (provider.maxBodyBytes <= inboundLimits.bodyBytes || Buffer.byteLength(whole) <= inboundLimits.eventBytes) {
    assertFits(whole, inboundLimits.eventBytes);
    return whole;
  }
  const key = `${name}/${createHash('sha256').update(`${delivery.id}\n${rawBody}`).digest('hex')}`;
  const data = JSON.stringify({
    ...delivery,
    body: null,
    stored: { key, sizeBytes: Buffer.byteLength(rawBody) },
  } satisfies InboundDelivery);
  assertFits(data, inboundLimits.eventBytes);
  await putBody(key, rawBody);
  return data;
};

/**
 * POST: takes a webhook. It is stored before it is answered, and is told of on the bus from there; one that came before is stored
 * already.
 */
export const receiveInbound: Action = async (request) => {
  const { name } = request.path;
  const provider = findProvider(name);
  assertFits(request.rawBody, provider.maxBodyBytes);
  const webhook = await verified(request, provider);
  const delivery = deliveryOf(webhook);
  const type = inboundType(name as string);
  const dataJson = await dataOf(name as string, webhook, delivery);
  const isNew = await storeWebhook(name as string, delivery.id, { event: { type, data: {} }, dataJson });
  return { body: { received: delivery.id, duplicate: !isNew } };
};
