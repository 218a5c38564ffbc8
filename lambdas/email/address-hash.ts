import { createHash } from 'node:crypto';

/** Names an address without telling it. Mail servers take both halves in either case, though they need not (RFC 5321, section 2.4). */
export const hashOfAddress = (address: string): string => createHash('sha256').update(address.toLowerCase()).digest('base64url');
