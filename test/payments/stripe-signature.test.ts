import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import Stripe from 'stripe';
import { checkSignature } from '../../lambdas/payments/stripe-signature.ts';

const { webhooks } = new Stripe('sk_test_1');
const secret = 'whsec_1';
const now = 1_800_000_000;
const nowMs = now * 1_000 + 999;
const payload = JSON.stringify({ id: 'evt_1', type: 'payment_intent.succeeded', text: 'ä🙂' });
const sign = (timestamp = now, by = secret, text = payload) => webhooks.generateTestHeaderString({ payload: text, secret: by, timestamp });
const check = (header: string, body = payload, secrets: readonly string[] = [secret]) => checkSignature(body, header, secrets, nowMs);
const hmac = (text: string) => createHmac('sha256', secret).update(text).digest('hex');

describe('checkSignature', () => {
  const refusals: readonly [string, () => string][] = [
    ['WH01 an empty header', () => check('')],
    ['WH01 a header that is something else', () => check('Bearer abc')],
    ['WH01 a time without a signature', () => check(`t=${now}`)],
    ['WH01 a signature without a time', () => check(sign().replace(/^t=\d+,/, ''))],
    ['WH02 another secret', () => check(sign(now, 'whsec_2'))],
    ['WH02 a body that one byte is changed of', () => check(sign(), payload.replace('evt_1', 'evt_2'))],
    ['WH02 another time than what was signed', () => check(sign().replace(String(now), String(now - 1)))],
    ['WH02 two times', () => check(`t=${now - 1},${sign()}`)],
    ['WH02 another scheme', () => check(sign().replace('v1=', 'v0='))],
    ['WH02 half of a signature', () => check(sign().slice(0, -32))],
    ['WH02 a signature in Base64', () => check(`t=${now},v1=${Buffer.from(hmac(`${now}.${payload}`), 'hex').toString('base64')}`)],
    ['WH02 a signature of the body alone', () => check(`t=${now},v1=${hmac(payload)}`)],
    ['no secret at all', () => check(sign(), payload, [])],
    ['a header without end', () => check(`${sign()},${'v1=a,'.repeat(10_000)}`)],
    ['WH04 a stale time with a wrong signature', () => check(sign(now - 301, 'whsec_2'))],
  ];
  it.each(refusals)('refuses %s', (_, outcome) => {
    expect(outcome()).toBe('wrong');
  });

  it.each([
    ['WH04 301 s old', now - 301],
    ['WH04 301 s ahead', now + 301],
  ])('calls a right signature stale that is %s', (_, time) => {
    expect(check(sign(time))).toBe('stale');
  });

  it.each(['abc', '1e9', '-5', '', '1.5', '0x1', '١٢٣'])('WH04 calls the time %j stale', (time) => {
    expect(check(`t=${time},v1=${hmac(`${time}.${payload}`)}`)).toBe('stale');
  });

  it.each([now - 300, now, now + 300])('takes what is signed at %d', (time) => {
    expect(check(sign(time))).toBe('right');
  });

  it('WH06 takes one right signature among others, and each of two secrets', () => {
    const [, old = ''] = sign(now, 'whsec_0').split(',');
    expect(check(`${sign()},${old}`)).toBe('right');
    expect(check(`t=${now},${old},${sign().split(',')[1]}`)).toBe('right');
    expect(check(sign(now, 'whsec_0'), payload, [secret, 'whsec_0'])).toBe('right');
    expect(check(sign(now, 'whsec_0'), payload, [secret])).toBe('wrong');
  });

  it('decides as the official package does, whatever the header is', () => {
    const parts = fc.array(
      fc.constantFrom(`t=${now}`, `t=${now - 10}`, sign().split(',')[1] ?? '', sign(now, 'x').split(',')[1] ?? '', 'v0=ab', '=', ' ', 'a'),
      {
        maxLength: 6,
      },
    );
    fc.assert(
      fc.property(parts, fc.constantFrom(payload, `${payload} `), (some, body) => {
        const header = some.join(',');
        let official = true;
        try {
          webhooks.constructEvent(body, header, secret, 300, undefined, nowMs);
        } catch {
          official = false;
        }
        // Two times are taken by the package (the last one counts); nobody sends them.
        const times = some.filter((part) => part.startsWith('t='));
        if (times.length < 2) expect(check(header, body) === 'right').toBe(official);
      }),
      { numRuns: 1_000 },
    );
  });
});
