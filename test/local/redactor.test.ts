import { RecentLog } from '../../local/recent-log.ts';
import { Redactor } from '../../local/redactor.ts';

const token = `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.${Buffer.from('{"sub":"ada"}').toString('base64url')}.c2lnbmF0dXJl`;

describe('Redactor', () => {
  const redactor = new Redactor();
  const key = '-----BEGIN KEY-----\nMIIEowIBAAKCAQEA7\n-----END KEY-----';
  redactor.watch(() => [
    ['hunter2!', 'a+b/(c)"d"'],
    [JSON.stringify({ user: 'ada', password: 'correct horse battery' }), key],
    ['short', ''],
  ]);

  it.each([
    ['a secret', 'the password is hunter2!.', 'the password is [secret].'],
    ['a secret inside of JSON', JSON.stringify({ env: { KEY: 'a+b/(c)"d"' } }), '{"env":{"KEY":"[secret]"}}'],
    ['a secret in a URL', `GET /?key=${encodeURIComponent('a+b/(c)"d"')}&a=1`, 'GET /?key=[secret]&a=1'],
    ['a member of a secret', "{ password: 'correct horse battery' }", "{ password: '[secret]' }"],
    ['a whole secret of several lines', `key\n${key}\n`, 'key\n[secret]\n'],
    ['a line of a secret', "'MIIEowIBAAKCAQEA7\\n' +", "'[secret]\\n' +"],
    ['a token', `authorization: Bearer ${token}`, 'authorization: Bearer [token]'],
    ['two of them', `hunter2!hunter2! ${token}`, '[secret][secret] [token]'],
  ])('FN16 takes out %s', (_, text, expected) => {
    expect(redactor.redact(text)).toBe(expected);
  });

  it.each(['a short word', 'eyJ is how tokens begin', 'ada', 'hunter2'])('leaves other texts alone: %s', (text) => {
    expect(redactor.redact(text)).toBe(text);
  });

  it('knows secrets that are put later', () => {
    let secrets: readonly string[] = [];
    const log = new RecentLog({ info: () => {}, warn: () => {}, error: () => {} });
    log.redactor.watch(() => [secrets]);
    log.info('f', 'is rotated-value');
    secrets = ['rotated-value'];
    log.error('f', 'is rotated-value');
    expect(log.entries.map(({ message }) => message)).toEqual(['is rotated-value', 'is [secret]']);
  });
});
