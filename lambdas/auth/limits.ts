import { authLimits } from '../../contracts/auth.ts';
import type { ApiRequest } from '../runtime/request.ts';
import type { Attempt } from './attempts-store.ts';

/** The first four groups of an IPv6 address: one household or office usually has a /64 to itself, and may take any address of it. */
const networkOf = (address: string): string => {
  const [head = '', tail] = address.split('::');
  const left = head.split(':').filter(Boolean);
  const right = tail?.split(':').filter(Boolean) ?? [];
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  return [...left, ...zeros, ...right]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
};

/** Whom a request is counted against: an IPv4 address (an IPv6 address may carry one), or the network of an IPv6 address. */
export const sourceOf = ({ sourceIp }: Pick<ApiRequest, 'sourceIp'>): string => {
  const ipv4 = /(?:^|:)(\d+\.\d+\.\d+\.\d+)$/.exec(sourceIp)?.[1];
  return ipv4 ?? networkOf(sourceIp);
};

/** The passwords that are tried for an address, wherever they come from. */
export const addressPasswords = (email: string): Attempt => ({ limit: authLimits.passwordsPerAddress, subject: email });

/** The limits on a password that is tried for an address. */
export const passwordLimits = (request: ApiRequest, email: string): readonly Attempt[] => [
  { limit: authLimits.passwordsPerSource, subject: sourceOf(request) },
  addressPasswords(email),
];

/** The limits on a code of a mail. */
export const codeLimits = (request: ApiRequest, subject: string): readonly Attempt[] => [
  { limit: authLimits.codesPerSource, subject: sourceOf(request) },
  { limit: authLimits.codesPerAddress, subject },
];

/** The limits on mails with a code. */
export const messageLimits = (request: ApiRequest, email: string): readonly Attempt[] => [
  { limit: authLimits.messagesPerSource, subject: sourceOf(request) },
  { limit: authLimits.messagesPerAddress, subject: email },
];

/** The limits on authenticator codes. */
export const authenticatorLimits = (username: string): readonly Attempt[] => [{ limit: authLimits.authenticatorCodes, subject: username }];
