import type { Provider } from '../provider.ts';
import { hmac, invalidSignature, isSame, requiredHeader } from '../signatures.ts';

const header = 'x-hub-signature-256';
const prefix = 'sha256=';

/** GitHub ("Validating webhook deliveries"). It signs no time: that a delivery comes once is a matter of its id. */
export const github: Provider = {
  verify: ({ headers, rawBody, secrets }) => {
    const signature = requiredHeader(headers, header);
    const given = Buffer.from(signature.startsWith(prefix) ? signature.slice(prefix.length) : '', 'hex');
    if (!secrets.some((key) => isSame(given, hmac(rawBody, { algorithm: 'sha256', key })))) {
      throw invalidSignature(`The header ${header} is not the signature of this body.`);
    }
  },
  describe: ({ headers }) => ({ id: headers['x-github-delivery'], type: headers['x-github-event'] }),
};
