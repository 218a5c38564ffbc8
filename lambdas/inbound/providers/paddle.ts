import { inboundLimits } from '../../../contracts/inbound.ts';
import { findValue } from '../find-value.ts';
import type { Provider } from '../provider.ts';
import { assertFresh, hmac, invalidSignature, isSame, requiredHeader } from '../signatures.ts';

const header = 'paddle-signature';

/** Paddle ("Verify webhook signatures"): `ts=1671552777;h1=eb4d…`, with an `h1` for each secret while one takes the place of another. */
export const paddle: Provider = {
  verify: ({ headers, rawBody, secrets, nowMs }) => {
    const parts = requiredHeader(headers, header)
      .split(';')
      .map((part) => part.split('='));
    const valuesOf = (name: string): readonly string[] => parts.filter(([key]) => key === name).map(([, value = '']) => value);
    const [timestamp = ''] = valuesOf('ts');
    assertFresh(timestamp, inboundLimits.toleranceSeconds, nowMs);
    const given = valuesOf('h1').map((signature) => Buffer.from(signature, 'hex'));
    const expected = secrets.map((key) => hmac(`${timestamp}:${rawBody}`, { algorithm: 'sha256', key }));
    if (!given.some((signature) => expected.some((right) => isSame(signature, right)))) {
      throw invalidSignature(`The header ${header} holds no right signature.`);
    }
  },
  describe: (webhook, body) => ({
    id: findValue({ pointer: '/event_id' }, webhook, body),
    type: findValue({ pointer: '/event_type' }, webhook, body),
  }),
};
