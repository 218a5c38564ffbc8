import type { CompiledPush } from '../../../contracts/compiled.ts';
import { ApiError } from '../../../contracts/errors.ts';
import { pushLimits } from '../../../contracts/push.ts';
import { buildPayloads, type IdentifiedMessage } from './build-payloads.ts';

interface Size {
  readonly platform: 'apns' | 'fcm' | 'web';
  readonly locale: string;
  readonly bytes: number;
  readonly limit: number;
}

const sizesIn = (message: IdentifiedMessage, locale: string, push: CompiledPush): readonly Size[] =>
  Object.entries(buildPayloads(message, locale, push)).map(([name, { payload }]) => {
    const platform = name as Size['platform'];
    return { platform, locale, bytes: Buffer.byteLength(payload), limit: pushLimits.payloadBytes[platform] };
  });

const excess = ({ bytes, limit }: Size): number => bytes - limit;

/**
 * Refuses a message that is too large for a platform in one of the languages, before any device gets it. Bytes are those of the
 * payload's JSON in UTF-8.
 *
 * @throws ApiError `payload_too_large`, `validation_failed` for a template that is not there, and for values that it lacks
 */
export const assertPayloads = (message: IdentifiedMessage, push: CompiledPush): void => {
  // Without a template, all languages are the same.
  const locales = message.message.template === undefined ? push.locales.slice(0, 1) : push.locales;
  const sizes = locales.flatMap((locale) => sizesIn(message, locale, push));
  const [largest] = sizes.sort((a, b) => excess(b) - excess(a));
  if (largest === undefined || excess(largest) <= 0) return;
  const { platform, locale, bytes, limit } = largest;
  const place = message.message.template === undefined ? platform : `${platform} in ${locale}`;
  throw new ApiError(
    'payload_too_large',
    `The message makes ${bytes} bytes for ${place}; ${limit} are the most. Shorten its texts or data by ${excess(largest)} bytes or more.`,
  );
};
