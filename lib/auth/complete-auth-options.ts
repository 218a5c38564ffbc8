import type { AuthOptions } from '../../contracts/auth.ts';

/** Options with all defaults. */
export type CompleteAuthOptions = Required<Omit<AuthOptions, 'password'>> & {
  readonly password: Required<NonNullable<AuthOptions['password']>>;
};

/** Cognito, CreateGroup, GroupName. */
const groupPattern = /^[\p{L}\p{M}\p{S}\p{N}\p{P}]{1,128}$/u;

const requireRange = (name: string, value: number, least: number, most: number, unit: string): void => {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new Error(`auth.${name} is ${value}: use a whole number of ${unit} from ${least} to ${most}`);
  }
};

const checkGroups = (groups: readonly string[], adminGroup: string): void => {
  for (const group of [...groups, adminGroup]) {
    if (!groupPattern.test(group)) throw new Error(`auth.groups has ${JSON.stringify(group)}: use 1 to 128 characters without spaces`);
  }
  if (groups.includes(adminGroup))
    throw new Error(`auth.groups has ${JSON.stringify(adminGroup)}, which is the admin group and there anyway: remove it`);
  if (new Set(groups).size !== groups.length) throw new Error(`auth.groups names a group twice (${groups.join(', ')}): name it once`);
};

/**
 * Fills in the defaults of accounts.
 *
 * @throws Error for what Cognito would refuse while the stack is deployed
 */
export const completeAuthOptions = (options: AuthOptions): CompleteAuthOptions => {
  const complete: CompleteAuthOptions = {
    groups: options.groups ?? [],
    adminGroup: options.adminGroup ?? 'admins',
    accessTokenMinutes: options.accessTokenMinutes ?? 15,
    refreshTokenDays: options.refreshTokenDays ?? 30,
    selfRegistration: options.selfRegistration ?? true,
    password: {
      minLength: options.password?.minLength ?? 8,
      requireDigits: options.password?.requireDigits ?? true,
      requireLowercase: options.password?.requireLowercase ?? true,
      requireUppercase: options.password?.requireUppercase ?? false,
      requireSymbols: options.password?.requireSymbols ?? false,
    },
  };
  checkGroups(complete.groups, complete.adminGroup);
  requireRange('password.minLength', complete.password.minLength, 6, 99, 'characters');
  requireRange('accessTokenMinutes', complete.accessTokenMinutes, 5, 1_440, 'minutes');
  requireRange('refreshTokenDays', complete.refreshTokenDays, 1, 3_650, 'days');
  if (complete.accessTokenMinutes > complete.refreshTokenDays * 1_440) {
    throw new Error(`auth.accessTokenMinutes is ${complete.accessTokenMinutes}, longer than auth.refreshTokenDays: make it shorter`);
  }
  return complete;
};
