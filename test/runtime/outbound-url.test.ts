import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { ApiError } from '../../contracts/errors.ts';
import { variables } from '../../contracts/variables.ts';
import { postOutbound } from '../../lambdas/runtime/outbound-request.ts';
import { assertPublicHost, isPublicAddress, type LookUpAll, outboundUrl, publicLookup } from '../../lambdas/runtime/outbound-url.ts';

const codeOf = async (work: () => unknown): Promise<string> => {
  try {
    await work();
  } catch (error) {
    if (error instanceof ApiError) return error.code;
    return String((error as { code?: string }).code);
  }
  return 'allowed';
};

/** A resolver that knows a name, and counts how often it is asked. */
const resolver = (...addresses: readonly string[]): LookUpAll & { asked: number } => {
  const find: LookUpAll & { asked: number } = Object.assign(
    ((_host, _options, callback) => {
      find.asked += 1;
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    }) as LookUpAll,
    { asked: 0 },
  );
  return find;
};

const refused = [
  'http://example.com/',
  'http://169.254.169.254/',
  'https://169.254.169.254/latest/meta-data/',
  '127.0.0.1:9001',
  'https://127.0.0.1:9001/',
  'http://127.0.0.1:9001/',
  'https://127.1/',
  'https://[::ffff:7f00:1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::1]/',
  'https://[::]/',
  'https://[fe80::1]/',
  'https://[fd00:ec2::254]/',
  'https://[64:ff9b::7f00:1]/',
  'https://[2002:7f00:1::]/',
  'https://[::127.0.0.1]/',
  'https://0x7f.1/',
  'https://0x7f000001/',
  'https://2130706433/',
  'https://017700000001/',
  'https://0/',
  'https://127。0。0。1/',
  'https://localhost/',
  'https://localhost./',
  'https://LOCALHOST/',
  'https://a.localhost/',
  'https://printer.local/',
  'https://metadata.google.internal/',
  'https://instance-data/',
  'https://router.home.arpa./',
  'https://10.0.0.1/',
  'https://172.31.255.255/',
  'https://192.168.1.1/',
  'https://100.64.0.1/',
  'https://198.18.0.1/',
  'https://224.0.0.1/',
  'https://255.255.255.255/',
  'https://user@example.com/',
  'https://user:secret@example.com/',
  'https://:secret@example.com/',
  'https://example.com:22/',
  'https://example.com:25/',
  'https://example.com:80/',
  'file:///etc/passwd',
  'gopher://example.com/',
  'ftp://example.com/',
  'data:text/plain,x',
  'javascript:alert(1)',
  '//example.com/',
  'example.com',
  'https://',
  'https:///',
  '',
  'https://exa mple.com/',
  'https://example.com:99999/',
  'https://-example.com/',
  'https://example..com/',
] as const;
const allowed = [
  ['https://example.com', 'https://example.com/'],
  ['https://example.com./hook?a=1#part', 'https://example.com./hook?a=1'],
  ['https://EXAMPLE.com:443/', 'https://example.com/'],
  ['https://hooks.example.co.uk:8443/x', 'https://hooks.example.co.uk:8443/x'],
  ['https://xn--bcher-kva.example/', 'https://xn--bcher-kva.example/'],
  ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
  ['https://1.1.1.1/', 'https://1.1.1.1/'],
  ['https://[2606:4700:4700::1111]/', 'https://[2606:4700:4700::1111]/'],
] as const;

describe('FN01 the URL of a request that somebody else has chosen', () => {
  it.each(refused)('is refused as %s', async (url) => {
    expect(await codeOf(() => outboundUrl(url))).toBe('url_not_allowed');
  });

  it.each(allowed)('is taken as %s', (given, read) => {
    expect(outboundUrl(given).href).toBe(read);
  });

  describe('in local mode', () => {
    beforeAll(() => {
      process.env[variables.localMode] = '1';
    });
    afterAll(() => {
      delete process.env[variables.localMode];
    });

    it('may lead to this machine, by one spelling', () => {
      expect(outboundUrl('http://127.0.0.1:9001/hook').href).toBe('http://127.0.0.1:9001/hook');
    });

    it.each([
      ...refused.filter((url) => url !== 'http://127.0.0.1:9001/'),
      'http://user@127.0.0.1:9001/',
      'http://127.0.0.1/',
      'http://localhost:9001/',
    ])('is refused as %s', async (url) => {
      // The number and hexadecimal forms of 127.0.0.1 are the same once they are read, but they have no port.
      expect(await codeOf(() => outboundUrl(url))).toBe('url_not_allowed');
    });
  });
});

describe('WH14 the host of a URL', () => {
  it.each([
    [['93.184.215.14'], 'allowed'],
    [['93.184.215.14', '2606:4700:4700::1111'], 'allowed'],
    [['127.0.0.1'], 'url_not_allowed'],
    [['93.184.215.14', '10.0.0.1'], 'url_not_allowed'],
    [['::1'], 'url_not_allowed'],
    [['::ffff:10.0.0.1'], 'url_not_allowed'],
    [[], 'url_not_allowed'],
  ])('that leads to %j is %s', async (addresses, outcome) => {
    expect(await codeOf(() => assertPublicHost(new URL('https://hooks.example.com/'), resolver(...addresses)))).toBe(outcome);
  });

  it('that is not found is refused', async () => {
    const missing: LookUpAll = (_host, _options, callback) => callback(new Error('ENOTFOUND'), []);
    expect(await codeOf(() => assertPublicHost(new URL('https://hooks.example.com/'), missing))).toBe('url_not_allowed');
  });

  it('is given to a connection as one address or as all of them', async () => {
    const lookup = publicLookup(resolver('93.184.215.14', '2606:4700:4700::1111'));
    const one = await new Promise((resolve) => lookup('a.example', { all: false }, (...found) => resolve(found)));
    expect(one).toEqual([null, '93.184.215.14', 4]);
    const all = await new Promise((resolve) => lookup('a.example', { all: true }, (...found) => resolve(found)));
    expect(all).toEqual([null, [expect.objectContaining({ address: '93.184.215.14' }), expect.objectContaining({ family: 6 })]]);
  });

  it('knows every address that is not public', () => {
    for (const address of ['0.0.0.0', '100.127.255.255', '192.0.2.1', '203.0.113.9', '240.0.0.1', '2001:db8::1', '2001::1', 'ff02::1', 'x'])
      expect([address, isPublicAddress(address)]).toEqual([address, false]);
  });
});

describe('WH14 a request', () => {
  let server: Server;
  let port: number;
  let connections = 0;
  beforeAll(async () => {
    server = createServer((_request, response) => response.end());
    server.on('connection', () => {
      connections += 1;
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const post = (url: string, lookUp: LookUpAll) =>
    codeOf(() => postOutbound({ url, headers: {}, body: '{}', timeoutMs: { connect: 500, total: 1_000 }, answerBytes: 10, lookUp }));

  it('is not sent to a name that leads elsewhere by then (DNS rebinding): not one packet', async () => {
    let asked = 0;
    const rebinding: LookUpAll = (_host, _options, callback) => {
      asked += 1;
      callback(null, [{ address: asked === 1 ? '93.184.215.14' : '127.0.0.1', family: 4 }]);
    };
    await assertPublicHost(new URL(`https://hooks.example.com:${port}/`), rebinding);
    expect(await post(`https://hooks.example.com:${port}/`, rebinding)).toBe('url_not_allowed');
    expect(await post(`http://127.0.0.1:${port}/`, rebinding)).toBe('url_not_allowed');
    expect(asked).toBe(2);
    expect(connections).toBe(0);
  });

  it('looks nothing up, and connects to nothing, for a URL that is refused', async () => {
    const find = resolver('127.0.0.1');
    for (const url of refused) expect(await codeOf(async () => assertPublicHost(outboundUrl(url), find))).toBe('url_not_allowed');
    expect(find.asked).toBe(0);
    expect(connections).toBe(0);
  });

  it('is given up after the time for a connection, where nobody answers', async () => {
    process.env[variables.localMode] = '1';
    // It takes connections, and never says a word.
    const silent = createTcpServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port: silentPort } = silent.address() as AddressInfo;
    const sockets: { destroy(): void }[] = [];
    silent.on('connection', (socket) => sockets.push(socket));
    const begun = performance.now();
    expect(await post(`http://127.0.0.1:${silentPort}/`, resolver())).toBe('timeout');
    expect(performance.now() - begun).toBeLessThan(2_000);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
    delete process.env[variables.localMode];
  });
});
