import type { AuthReply, AuthRequest, Me } from '../contracts/auth-schemas.ts';
import { authEndpoints as at } from './endpoints.ts';
import { expectObject } from './read-answer.ts';
import { expectTokens, type Session } from './session.ts';
import type { CallOptions, Endpoint, Transport } from './transport.ts';

/**
 * Accounts and the session: one method for each route under `/auth`.
 * A login keeps its tokens in the client's storage; every later call of the client is made in that user's name.
 *
 * @example
 * ```ts
 * const reply = await client.auth.login({ email, password });
 * if ('challenge' in reply) {
 *   await client.auth.answerChallenge({ email, session: reply.session, code: await askForCode() });
 * }
 * ```
 */
export class AuthClient {
  readonly #transport: Transport;
  readonly #session: Session;

  constructor(transport: Transport, session: Session) {
    this.#transport = transport;
    this.#session = session;
  }

  /** Calls the listener with true after each sign-in and false after each sign-out, in other tabs too. @returns what stops it */
  onChange(listener: (signedIn: boolean) => void): () => void {
    return this.#session.onChange(listener);
  }

  /** Whether there is a session. It may have been ended elsewhere: the next call tells. */
  isSignedIn(): Promise<boolean> {
    return this.#session.isSignedIn();
  }

  /** A valid access token, renewed when need be, for requests of your own. Undefined when nobody is signed in. */
  accessToken(): Promise<string | undefined> {
    return this.#session.current();
  }

  /** Opens an account; a code is sent to the address. Answers the same whether or not the address has an account. */
  async register(account: AuthRequest<'register'>, options?: CallOptions): Promise<void> {
    await this.#asGuest(at.register, account, options);
  }

  /** Confirms the address of a new account with the code that was sent to it. */
  async confirm(proof: AuthRequest<'confirm'>, options?: CallOptions): Promise<void> {
    await this.#asGuest(at.confirm, proof, options);
  }

  /** Sends the confirmation code again. */
  async resendCode(account: AuthRequest<'resendCode'>, options?: CallOptions): Promise<void> {
    await this.#asGuest(at.resendCode, account, options);
  }

  /** Signs in, or gives the challenge that {@link answerChallenge} takes: an authenticator code, or a new password. */
  async login(credentials: AuthRequest<'login'>, options?: CallOptions): Promise<AuthReply<'login'>> {
    return this.#startFrom(await this.#asGuest(at.login, credentials, options));
  }

  /** Answers the challenge of a login. */
  async answerChallenge(answer: AuthRequest<'answerChallenge'>, options?: CallOptions): Promise<AuthReply<'answerChallenge'>> {
    return this.#startFrom(await this.#asGuest(at.answerChallenge, answer, options));
  }

  /** Signs in with a recovery code instead of the authenticator, which is then no longer asked for. */
  async recover(credentials: AuthRequest<'recover'>, options?: CallOptions): Promise<AuthReply<'recover'>> {
    const tokens = expectTokens(await this.#asGuest(at.recover, credentials, options));
    await this.#session.start(tokens);
    return tokens;
  }

  /** Renews the tokens now. The client does it by itself in time; call it to see new groups at once. */
  async refresh(): Promise<void> {
    await this.#session.refresh();
  }

  /** Signs out here and ends the session at the backend. Here it ends even if the backend cannot be reached. */
  logout(options?: CallOptions): Promise<void> {
    return this.#session.end((refreshToken) => this.#asGuest(at.logout, { refreshToken }, options));
  }

  /** Sends a reset code, if there is such an account. */
  async forgotPassword(account: AuthRequest<'forgotPassword'>, options?: CallOptions): Promise<void> {
    await this.#asGuest(at.forgotPassword, account, options);
  }

  /** Sets a new password with the reset code. All sessions of the account end. */
  async resetPassword(proof: AuthRequest<'resetPassword'>, options?: CallOptions): Promise<void> {
    await this.#asGuest(at.resetPassword, proof, options);
  }

  /** Changes the password. All sessions of the account end; this client gets a new one, or a challenge as at a login. */
  async changePassword(passwords: AuthRequest<'changePassword'>, options?: CallOptions): Promise<AuthReply<'changePassword'>> {
    const reply = await this.#startFrom(await this.#asUser(at.changePassword, passwords, options));
    if ('challenge' in reply) await this.#session.end();
    return reply;
  }

  /** The own account. */
  async readMe(options?: CallOptions): Promise<Me> {
    return expectObject(await this.#asUser(at.readMe, undefined, options)) as Me;
  }

  /** Changes the own account. A new address counts once {@link verifyEmail} has its code. */
  async updateMe(changes: AuthRequest<'updateMe'>, options?: CallOptions): Promise<Me> {
    return expectObject(await this.#asUser(at.updateMe, changes, options)) as Me;
  }

  /** Verifies the new address with the code that was sent to it. */
  async verifyEmail(proof: AuthRequest<'verifyEmail'>, options?: CallOptions): Promise<void> {
    await this.#asUser(at.verifyEmail, proof, options);
  }

  /** Deletes the own account and signs out. A login that is not fresh needs the password again. */
  async deleteMe(proof?: AuthRequest<'deleteMe'>, options?: CallOptions): Promise<void> {
    await this.#asUser(at.deleteMe, proof, options);
    await this.#session.end();
  }

  /** Begins with an authenticator app: gives the secret and the URI to show as a QR code. */
  async enrolMfa(enrolment?: AuthRequest<'enrolMfa'>, options?: CallOptions): Promise<AuthReply<'enrolMfa'>> {
    return expectObject(await this.#asUser(at.enrolMfa, enrolment, options)) as AuthReply<'enrolMfa'>;
  }

  /** Ends the enrolment with a code of the app; gives the recovery codes, which are shown this once. */
  async verifyMfa(proof: AuthRequest<'verifyMfa'>, options?: CallOptions): Promise<AuthReply<'verifyMfa'>> {
    return expectObject(await this.#asUser(at.verifyMfa, proof, options)) as AuthReply<'verifyMfa'>;
  }

  /** Stops asking for the authenticator. A login that is not fresh needs the password again. */
  async disableMfa(proof?: AuthRequest<'disableMfa'>, options?: CallOptions): Promise<void> {
    await this.#asUser(at.disableMfa, proof, options);
  }

  /** Signs in with the tokens of an answer; an answer with a challenge is for the caller. */
  async #startFrom(answer: unknown): Promise<AuthReply<'login'>> {
    const reply = expectObject(answer);
    if ('challenge' in reply) return reply as AuthReply<'login'>;
    const tokens = expectTokens(reply);
    await this.#session.start(tokens);
    return tokens;
  }

  #asGuest(endpoint: Endpoint, body: unknown, options?: CallOptions): Promise<unknown> {
    return this.#transport.send(endpoint, { body, guest: true, signal: options?.signal });
  }

  #asUser(endpoint: Endpoint, body: unknown, options?: CallOptions): Promise<unknown> {
    return this.#transport.send(endpoint, { body, signal: options?.signal });
  }
}
