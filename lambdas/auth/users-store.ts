import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminDisableUserCommand,
  AdminEnableUserCommand,
  AdminGetUserCommand,
  AdminListGroupsForUserCommand,
  AdminRemoveUserFromGroupCommand,
  AdminUserGlobalSignOutCommand,
  type AttributeType,
  ListUsersCommand,
  type UserType,
} from '@aws-sdk/client-cognito-identity-provider';
import type { User } from '../../contracts/auth-schemas.ts';
import { cognito, userPoolId } from './cognito-client.ts';
import { refusal } from './refusals.ts';
import { calling, type Meanings } from './service-failure.ts';

const notFound: Meanings = { UserNotFoundException: (cause) => refusal('not_found', cause) };
const inPool = { UserPoolId: userPoolId };

const statuses: Readonly<Record<string, User['status']>> = {
  UNCONFIRMED: 'unconfirmed',
  CONFIRMED: 'confirmed',
  FORCE_CHANGE_PASSWORD: 'invited',
  RESET_REQUIRED: 'reset_required',
};

const toUser = (found: UserType, attributes: readonly AttributeType[]): User => {
  const values = new Map(attributes.map(({ Name, Value }) => [Name, Value]));
  return {
    id: values.get('sub') ?? found.Username ?? '',
    email: values.get('email') ?? '',
    emailVerified: values.get('email_verified') === 'true',
    name: values.get('name'),
    status: statuses[found.UserStatus ?? ''] ?? 'other',
    enabled: found.Enabled ?? false,
    createdAt: (found.UserCreateDate ?? new Date(0)).toISOString(),
    updatedAt: (found.UserLastModifiedDate ?? new Date(0)).toISOString(),
  };
};

/** A part of a string literal in Cognito's filter language (ListUsers, Filter). */
const escapeFilter = (text: string): string => text.replace(/["\\]/g, '\\$&');

export interface UserPage {
  readonly items: readonly User[];
  /** Where Cognito goes on. */
  readonly paginationToken: string | undefined;
}

export interface UserSearch {
  /** The beginning of the address; empty: everybody. */
  readonly emailPrefix: string;
  readonly limit: number;
  readonly paginationToken: string | undefined;
}

/** @throws ApiError `invalid_cursor` */
export const findUsers = async ({ emailPrefix, limit, paginationToken }: UserSearch): Promise<UserPage> => {
  const command = new ListUsersCommand({
    ...inPool,
    Limit: limit,
    PaginationToken: paginationToken,
    ...(emailPrefix !== '' && { Filter: `email ^= "${escapeFilter(emailPrefix)}"` }),
  });
  const foreignToken: Meanings = { InvalidParameterException: (cause) => refusal('invalid_cursor', cause) };
  const output = await calling(cognito.send(command), paginationToken === undefined ? {} : foreignToken);
  return {
    items: (output.Users ?? []).map((user) => toUser(user, user.Attributes ?? [])),
    paginationToken: output.PaginationToken,
  };
};

/** The names of a user's groups. */
export const readGroups = async (id: string): Promise<readonly string[]> => {
  const groups: string[] = [];
  let next: string | undefined;
  do {
    const command = new AdminListGroupsForUserCommand({ ...inPool, Username: id, Limit: 60, NextToken: next });
    const output = await calling(cognito.send(command), notFound);
    groups.push(...(output.Groups ?? []).flatMap(({ GroupName }) => GroupName ?? []));
    next = output.NextToken;
  } while (next !== undefined);
  return groups.sort();
};

/** @throws ApiError `not_found`, as in all functions of this file that take an id */
export const readUserRecord = async (id: string): Promise<User> => {
  const [output, groups] = await Promise.all([
    calling(cognito.send(new AdminGetUserCommand({ ...inPool, Username: id })), notFound),
    readGroups(id),
  ]);
  const mfaEnabled = output.UserMFASettingList?.includes('SOFTWARE_TOKEN_MFA') ?? false;
  return { ...toUser(output, output.UserAttributes ?? []), groups: [...groups], mfaEnabled };
};

/**
 * Creates an account whose owner sets the password at the first login; Cognito mails the invitation.
 *
 * @throws ApiError `already_exists`
 */
export const createInvitedUser = async (email: string, name: string | undefined): Promise<User> => {
  const command = new AdminCreateUserCommand({
    ...inPool,
    Username: email,
    DesiredDeliveryMediums: ['EMAIL'],
    UserAttributes: [
      { Name: 'email', Value: email },
      // Whoever logs in with the password of the invitation has read the mail.
      { Name: 'email_verified', Value: 'true' },
      ...(name === undefined ? [] : [{ Name: 'name', Value: name }]),
    ],
  });
  const taken = (cause: Error) => refusal('already_exists', cause);
  const output = await calling(cognito.send(command), { UsernameExistsException: taken, AliasExistsException: taken });
  if (output.User === undefined) throw new Error('the user pool created no user');
  return toUser(output.User, output.User.Attributes ?? []);
};

export const addToGroup = async (id: string, group: string): Promise<void> => {
  await calling(cognito.send(new AdminAddUserToGroupCommand({ ...inPool, Username: id, GroupName: group })), notFound);
};

export const removeFromGroup = async (id: string, group: string): Promise<void> => {
  await calling(cognito.send(new AdminRemoveUserFromGroupCommand({ ...inPool, Username: id, GroupName: group })), notFound);
};

export const disable = async (id: string): Promise<void> => {
  await calling(cognito.send(new AdminDisableUserCommand({ ...inPool, Username: id })), notFound);
};

export const enable = async (id: string): Promise<void> => {
  await calling(cognito.send(new AdminEnableUserCommand({ ...inPool, Username: id })), notFound);
};

/** Ends all sessions: no refresh token of the user is good any more. */
export const signOut = async (id: string): Promise<void> => {
  await calling(cognito.send(new AdminUserGlobalSignOutCommand({ ...inPool, Username: id })), notFound);
};

export const remove = async (id: string): Promise<void> => {
  await calling(cognito.send(new AdminDeleteUserCommand({ ...inPool, Username: id })), notFound);
};
