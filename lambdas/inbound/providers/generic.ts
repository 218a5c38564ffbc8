import { inboundLimits, type SignatureOptions } from '../../../contracts/inbound.ts';
import type { Provider } from '../provider.ts';
import { assertFresh, hmac, invalidSignature, isSame, requiredHeader } from '../signatures.ts';

/** A service whose signature the definition spells out. */
export const generic = (options: SignatureOptions): Provider => {
  const { header, algorithm, encoding, prefix = '', timestampHeader, payload = 'body' } = options;
  const { toleranceSeconds = inboundLimits.toleranceSeconds } = options;
  return {
    verify: ({ headers, rawBody, secrets, nowMs }) => {
      const signature = requiredHeader(headers, header);
      const timestamp = timestampHeader === undefined ? undefined : requiredHeader(headers, timestampHeader);
      if (timestamp !== undefined) assertFresh(timestamp, toleranceSeconds, nowMs);
      const signed = payload === 'body' ? rawBody : `${timestamp}.${rawBody}`;
      const given = Buffer.from(signature.startsWith(prefix) ? signature.slice(prefix.length) : '', encoding);
      if (!secrets.some((key) => isSame(given, hmac(signed, { algorithm, key })))) {
        throw invalidSignature(`The header ${header} is not the signature of this request.`);
      }
    },
    describe: () => ({ id: undefined, type: undefined }),
  };
};
