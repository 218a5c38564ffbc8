import { isPublicName } from '../../contracts/public-host.ts';
import { variables } from '../../contracts/variables.ts';

/** Where the API of a developer's machine is. */
const isThisMachine = ({ protocol, hostname, port }: URL): boolean => protocol === 'http:' && hostname === '127.0.0.1' && port !== '';

/** What is wrong with an address that mail programs are to post to, and what to do. Local mode takes `http://127.0.0.1:<port>`, too. */
export const faultOfUnsubscribeUrl = (text: string): string | undefined => {
  if (!URL.canParse(text)) return 'The URL is not well formed. Write it as `new URL(…).href` has it.';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return 'The URL holds a user name or a password. Put a token into its path.';
  if (process.env[variables.localMode] !== undefined && isThisMachine(url)) return undefined;
  if (url.protocol !== 'https:') return 'Mail programs post to https URLs only (RFC 8058). Begin it with https://.';
  return isPublicName(url.hostname) ? undefined : 'Mail programs cannot reach the host. Name one of the public internet.';
};
