import type { AuthReply } from '../../contracts/auth-schemas.ts';
import type { UserAction } from '../runtime/request.ts';
import { beginAuthenticator } from './account-store.ts';
import { readBody } from './read-body.ts';
import { requirePassword } from './require-password.ts';

/** Key URI Format of the authenticator apps: `otpauth://totp/<issuer>:<account>?secret=…&issuer=…`. */
const otpauthUri = (issuer: string, email: string, secret: string): string => {
  const parameters = `secret=${secret}&issuer=${encodeURIComponent(issuer)}`;
  return `otpauth://totp/${encodeURIComponent(issuer)}:${encodeURIComponent(email)}?${parameters}`;
};

export const enrolMfa: UserAction = async (request) => {
  const { password, appName } = readBody('enrolMfa', request);
  const { email } = await requirePassword(request, password);
  const secret = await beginAuthenticator(request.caller.accessToken);
  const issuer = appName ?? request.headers['host']?.replace(/:\d+$/, '') ?? 'Plinth';
  const body: AuthReply<'enrolMfa'> = { secret, uri: otpauthUri(issuer, email, secret) };
  return { body };
};
