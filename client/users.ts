import type { AuthReply, AuthRequest, User } from '../contracts/auth-schemas.ts';
import { authEndpoints as at } from './endpoints.ts';
import { expectObject, expectPage } from './read-answer.ts';
import type { CallOptions, Endpoint, Transport } from './transport.ts';

/** Which accounts to list. */
export interface UserQuery {
  /** The beginning of the address. @default all accounts */
  readonly search?: string | undefined;
  /** Accounts a page at the most. @default the backend's */
  readonly limit?: number | undefined;
  /** The `cursor` of the page before. @default the first page */
  readonly cursor?: string | undefined;
}

/** An account to invite. `G` are the groups of the definition. */
export type Invitation<G extends string> = Omit<AuthRequest<'inviteUser'>, 'groups'> & { readonly groups?: readonly G[] };

/**
 * The accounts of all users, for members of the admin group: one method for each route under `/admin/users`.
 *
 * @example
 * ```ts
 * const { items } = await client.admin.users.list({ search: 'ann' });
 * for (const user of items) await client.admin.users.setGroups(user.id, ['editors']);
 * ```
 */
export class UsersClient<G extends string = string> {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** A page of the accounts. */
  async list({ search, limit, cursor }: UserQuery = {}, options?: CallOptions): Promise<AuthReply<'listUsers'>> {
    return expectPage(await this.#transport.send(at.listUsers, { query: { search, limit, cursor }, signal: options?.signal }));
  }

  /** Creates an account and sends an invitation with a password for the first login. */
  async invite(invitation: Invitation<G>, options?: CallOptions): Promise<User> {
    return expectObject(await this.#transport.send(at.inviteUser, { body: invitation, signal: options?.signal })) as User;
  }

  async read(id: string, options?: CallOptions): Promise<User> {
    return expectObject(await this.#send(at.readUser, id, options)) as User;
  }

  /** Refuses the account's logins and ends its sessions. */
  async disable(id: string, options?: CallOptions): Promise<void> {
    await this.#send(at.disableUser, id, options);
  }

  /** Lets the account log in again. */
  async enable(id: string, options?: CallOptions): Promise<void> {
    await this.#send(at.enableUser, id, options);
  }

  /** Puts the account into these groups and no others. */
  async setGroups(id: string, groups: readonly G[], options?: CallOptions): Promise<User> {
    return expectObject(await this.#transport.send(at.setUserGroups, { path: { id }, body: { groups }, signal: options?.signal })) as User;
  }

  /** Ends all sessions of the account. */
  async signOut(id: string, options?: CallOptions): Promise<void> {
    await this.#send(at.signOutUser, id, options);
  }

  async delete(id: string, options?: CallOptions): Promise<void> {
    await this.#send(at.deleteUser, id, options);
  }

  #send(endpoint: Endpoint, id: string, options?: CallOptions): Promise<unknown> {
    return this.#transport.send(endpoint, { path: { id }, signal: options?.signal });
  }
}
