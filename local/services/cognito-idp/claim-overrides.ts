import type { Group } from './groups-store.ts';

export type Claims = Record<string, unknown>;

/** What a `PreTokenGeneration` trigger may change, brought to one shape from its versions. */
export interface ClaimOverrides {
  readonly id: ClaimChange;
  readonly access: ClaimChange & { readonly scopesToAdd: readonly string[]; readonly scopesToSuppress: readonly string[] };
  readonly groups: GroupClaims | undefined;
}

interface ClaimChange {
  readonly add: Readonly<Record<string, unknown>>;
  readonly suppress: readonly string[];
}

export interface GroupClaims {
  readonly groups: readonly string[];
  readonly roles: readonly string[];
  readonly preferredRole: string | undefined;
}

/** Claims that AWS lets no trigger change (developer guide, "Pre token generation Lambda trigger"). */
const PROTECTED = new Set([
  ...['acr', 'amr', 'at_hash', 'auth_time', 'azp', 'exp', 'iat', 'iss', 'jti', 'nbf', 'nonce', 'origin_jti', 'sub', 'token_use'],
  ...['aud', 'client_id', 'event_id', 'identities', 'scope', 'username', 'version', 'device_key'],
  ...['cognito:username', 'cognito:groups', 'cognito:roles', 'cognito:preferred_role'],
]);

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function names(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

function change(value: unknown): ClaimChange {
  const details = record(value);
  return { add: record(details['claimsToAddOrOverride']), suppress: names(details['claimsToSuppress']) };
}

function groupOverride(value: unknown): GroupClaims | undefined {
  if (typeof value !== 'object' || value === null) {
    return undefined;
  }
  const details = record(value);
  const preferred = details['preferredRole'];
  return {
    groups: names(details['groupsToOverride']),
    roles: names(details['iamRolesToOverride']),
    preferredRole: typeof preferred === 'string' ? preferred : undefined,
  };
}

/** Reads `claimsOverrideDetails` (version 1) or `claimsAndScopeOverrideDetails` (versions 2 and 3). */
export function readClaimOverrides(response: Readonly<Record<string, unknown>>): ClaimOverrides {
  const versioned = record(response['claimsAndScopeOverrideDetails']);
  const access = record(versioned['accessTokenGeneration']);
  const plain = record(response['claimsOverrideDetails']);
  return {
    id: change(versioned['idTokenGeneration'] ?? plain),
    access: { ...change(access), scopesToAdd: names(access['scopesToAdd']), scopesToSuppress: names(access['scopesToSuppress']) },
    groups: groupOverride(versioned['groupOverrideDetails'] ?? plain['groupOverrideDetails']),
  };
}

/** The group claims as the groups themselves give them. */
export function groupClaims(groups: readonly Group[]): GroupClaims {
  const roles = groups.flatMap((group) => group.roleArn ?? []);
  return { groups: groups.map((group) => group.name), roles, preferredRole: roles[0] };
}

/** Applies a trigger's change to claims, sparing those that are AWS's own. */
export function applyChange(claims: Claims, changes: ClaimChange): Claims {
  const added = Object.entries(changes.add).filter(([name]) => !PROTECTED.has(name));
  const suppressed = new Set(changes.suppress.filter((name) => !PROTECTED.has(name)));
  return Object.fromEntries(Object.entries({ ...claims, ...Object.fromEntries(added) }).filter(([name]) => !suppressed.has(name)));
}
