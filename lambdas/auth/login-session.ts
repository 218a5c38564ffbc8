import { refusal } from './refusals.ts';

/** What has to be known to go on with a login. Cognito wants the user's real name there, not the address (AdminRespondToAuthChallenge). */
export interface LoginSession {
  readonly username: string;
  readonly cognitoSession: string;
}

/** A login session as one text for the client. No secret and no seal is needed: Cognito ties its session to the user. */
export const sealSession = ({ username, cognitoSession }: LoginSession): string =>
  `${Buffer.from(username).toString('base64url')}.${cognitoSession}`;

/** @throws ApiError `invalid_session` */
export const openSession = (session: string): LoginSession => {
  const dot = session.indexOf('.');
  const username = Buffer.from(session.slice(0, Math.max(0, dot)), 'base64url').toString();
  const cognitoSession = session.slice(dot + 1);
  // Cognito's own bounds (AdminRespondToAuthChallenge, Session; InitiateAuth, USERNAME).
  if (dot < 1 || username === '' || username.length > 128 || cognitoSession.length < 20) throw refusal('invalid_session');
  return { username, cognitoSession };
};
