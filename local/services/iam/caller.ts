import { listOf, type PolicyPrincipal } from './policy-document.ts';

/** Who makes a request: a role in a session, a service of AWS, or somebody without credentials. */
export type Caller =
  | { readonly kind: 'role'; readonly accountId: string; readonly roleArn: string; readonly sessionArn: string }
  | { readonly kind: 'service'; readonly service: string }
  | { readonly kind: 'anonymous' };

/** By which of its names a policy names a caller. An account that is named may hand the right on, but does not give it itself. */
export type Naming = 'session' | 'role' | 'account' | 'service' | 'anyone';

/** How the `Principal` of a statement names a caller; undefined when it does not. */
export function namingOf(principal: PolicyPrincipal, caller: Caller): Naming | undefined {
  const names = listOf(principal === '*' ? '*' : principal['AWS']);
  const everyone = names.includes('*');
  if (caller.kind === 'anonymous') return everyone ? 'anyone' : undefined;
  if (caller.kind === 'service') {
    const services = principal === '*' ? [] : listOf(principal['Service']);
    return everyone || services.includes(caller.service) ? 'service' : undefined;
  }
  if (names.includes(caller.sessionArn)) return 'session';
  if (everyone || names.includes(caller.roleArn)) return 'role';
  return names.some((name) => isAccount(name, caller.accountId)) ? 'account' : undefined;
}

/** `NotPrincipal` spares a role only when its account, the role and the session are all listed, as IAM compares each of them. */
export function isSpared(principal: PolicyPrincipal, caller: Caller): boolean {
  if (principal === '*') return true;
  if (caller.kind === 'anonymous') return listOf(principal['AWS']).includes('*');
  if (caller.kind === 'service') return listOf(principal['Service']).includes(caller.service);
  const names = listOf(principal['AWS']);
  if (names.includes('*')) return true;
  const account = names.some((name) => isAccount(name, caller.accountId));
  return account && names.includes(caller.roleArn) && names.includes(caller.sessionArn);
}

const isAccount = (name: string, accountId: string): boolean =>
  name === accountId || (name.endsWith(`:iam::${accountId}:root`) && name.startsWith('arn:'));
