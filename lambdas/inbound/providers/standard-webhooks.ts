import { inboundLimits } from '../../../contracts/inbound.ts';
import { findValue } from '../find-value.ts';
import type { Provider } from '../provider.ts';
import { assertFresh, hmac, invalidSignature, isSame, requiredHeader } from '../signatures.ts';

/** Secrets are written as `whsec_` and base64. */
const keyOf = (secret: string): Buffer => Buffer.from(secret.replace(/^whsec_/, ''), 'base64');

const version = 'v1,';

/** What is no base64 decodes to nothing, and what is signed with nothing anybody can sign. */
const isSecret = (text: string): boolean => /^(?:whsec_)?[A-Za-z0-9+/_-]{16,}={0,2}$/.test(text);

/** Services that follow Standard Webhooks (standardwebhooks.com), Svix among them. */
export const standardWebhooks: Provider = {
  verify: ({ headers, rawBody, secrets, nowMs }) => {
    const id = requiredHeader(headers, 'webhook-id');
    const timestamp = requiredHeader(headers, 'webhook-timestamp');
    const given = requiredHeader(headers, 'webhook-signature')
      .split(' ')
      .filter((signature) => signature.startsWith(version))
      .map((signature) => Buffer.from(signature.slice(version.length), 'base64'));
    assertFresh(timestamp, inboundLimits.toleranceSeconds, nowMs);
    const expected = secrets.map((secret) => hmac(`${id}.${timestamp}.${rawBody}`, { algorithm: 'sha256', key: keyOf(secret) }));
    if (!given.some((signature) => expected.some((right) => isSame(signature, right)))) {
      throw invalidSignature('The header webhook-signature holds no right signature.');
    }
  },
  isSecret,
  describe: ({ headers }, body) => ({ id: headers['webhook-id'], type: findValue({ pointer: '/type' }, { headers }, body) }),
};
