import { lookup as lookUp } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { ApiError } from '../../contracts/errors.ts';
import { isPublicName, leastOtherPort } from '../../contracts/public-host.ts';
import { variables } from '../../contracts/variables.ts';

// Where this backend sends requests that somebody else has chosen the URL of. Such a server is a means to reach into networks
// (OWASP API7:2023, "Server Side Request Forgery"), so only public addresses are let through: the literal ones when a URL is read, and
// those that a name leads to when the connection is made.

const outside = new BlockList();
/** IANA, "IPv4 Special-Purpose Address Registry", and multicast. */
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  outside.addSubnet(net, prefix, 'ipv4');
}

const unicast = new BlockList();
unicast.addSubnet('2000::', 3, 'ipv6');
/** IANA, "IPv6 Special-Purpose Address Registry": what of global unicast leads elsewhere, as Teredo and 6to4 do to IPv4. */
const special = new BlockList();
for (const [net, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  special.addSubnet(net, prefix, 'ipv6');
}

/** Whether an IP address is one of the public internet. IPv4 in the form of IPv6 is not. */
export const isPublicAddress = (address: string): boolean => {
  if (isIP(address) === 4) return !outside.check(address, 'ipv4');
  return isIP(address) === 6 && unicast.check(address, 'ipv6') && !special.check(address, 'ipv6');
};

const notAllowed = (reason: string): ApiError =>
  new ApiError('url_not_allowed', `The URL ${reason}. Give an https URL of a public host, on port 443 or from ${leastOtherPort} on.`);

/** A literal address as `URL` writes it: IPv4 has always four decimal parts there, whatever it was written as. */
const literalOf = (hostname: string): string | undefined => {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return isIP(bare) === 0 ? undefined : bare;
};

const faultOf = (url: URL): string | undefined => {
  if (url.protocol !== 'https:') return 'is not https';
  if (url.username !== '' || url.password !== '') return 'holds a user name or a password';
  if (url.port !== '' && Number(url.port) < leastOtherPort) return `has the port ${url.port}`;
  const literal = literalOf(url.hostname);
  if (literal !== undefined) return isPublicAddress(literal) ? undefined : 'leads to an address that is not public';
  const name = url.hostname.replace(/\.$/, '');
  return isPublicName(name) ? undefined : 'leads to a host that is not public';
};

/** Whether a URL leads to this machine, by the only spelling that local mode takes. */
export const isThisMachine = (url: URL): boolean => url.hostname === '127.0.0.1' && url.port !== '';

const isLocalMode = (): boolean => process.env[variables.localMode] !== undefined;

/**
 * Reads a URL that requests are to be sent to. Nothing is looked up and nothing is sent. Local mode takes `http://127.0.0.1:<port>`,
 * too: what a developer tries things out with.
 *
 * @throws ApiError `url_not_allowed`
 */
export const outboundUrl = (text: string): URL => {
  if (!URL.canParse(text)) throw notAllowed('is not well formed');
  const url = new URL(text);
  url.hash = '';
  if (isLocalMode() && isThisMachine(url) && url.protocol === 'http:' && url.username === '' && url.password === '') return url;
  const fault = faultOf(url);
  if (fault !== undefined) throw notAllowed(fault);
  return url;
};

/** Thrown into a connection whose host has an address that is not public. */
export class PrivateAddressError extends Error {
  readonly code = 'url_not_allowed';

  constructor(host: string) {
    super(`${host} has an address that is not public`);
    this.name = 'PrivateAddressError';
  }
}

/** Looks all addresses of a name up. */
export type LookUpAll = (
  host: string,
  options: { readonly all: true },
  callback: (error: Error | null, addresses: { address: string; family: number }[]) => void,
) => void;

const lookUpAll: LookUpAll = (host, options, callback) => lookUp(host, { ...options }, callback);

/**
 * The `lookup` of a connection: the addresses that were checked are those that are connected to, so that a name which leads elsewhere
 * the next time (DNS rebinding) gains nothing.
 */
export const publicLookup =
  (find: LookUpAll = lookUpAll): LookupFunction =>
  (host, options, callback) => {
    find(host, { all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '');
      const [first] = addresses;
      // One that is not public makes all of them suspect.
      if (first === undefined || addresses.some(({ address }) => !isPublicAddress(address))) {
        return callback(new PrivateAddressError(host), '');
      }
      return options.all === true ? callback(null, addresses) : callback(null, first.address, first.family);
    });
  };

/**
 * Looks up where a URL leads, for whoever enters it: it is looked up again for each connection. In local mode nothing is looked up:
 * nothing leaves the machine.
 *
 * @throws ApiError `url_not_allowed` for a host that is not found, or not public
 */
export const assertPublicHost = async (url: URL, find: LookUpAll = lookUpAll): Promise<void> => {
  if (isLocalMode() || literalOf(url.hostname) !== undefined) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  publicLookup(find)(url.hostname, { all: true }, (error) => {
    if (error === null) resolve();
    else
      reject(notAllowed(error instanceof PrivateAddressError ? 'leads to an address that is not public' : 'has a host that is not found'));
  });
  await promise;
};
