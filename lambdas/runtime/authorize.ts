import type { FieldRule, Operation, Rule, Who } from '../../contracts/access.ts';
import { allOf, always, isAlways, matches, type Predicate, term, toPredicate } from './predicate.ts';
import type { Caller } from './request.ts';

/** A stored record, as rules see it. */
export type RuledRecord = Readonly<Record<string, unknown>>;

/**
 * - `allowed`: go on.
 * - `unauthenticated`: no guest may do this (401).
 * - `forbidden`: the caller may know of the record, but not do this (403).
 * - `hidden`: the caller must not learn that the record exists (404, as for an id that never was).
 */
export type Decision = 'allowed' | 'unauthenticated' | 'forbidden' | 'hidden';

/** The system is no matter of rules: a policy says what a function may do. */
const isUnbound = (caller: Caller): boolean => caller.kind === 'system';

/** What a rule of this kind asks of a record for this caller; undefined where it says nothing to the caller. */
const predicateFor = (who: Who, caller: Caller): Predicate | undefined => {
  switch (who.kind) {
    case 'anyone':
      return always;
    case 'signedIn':
      return caller.kind === 'user' ? always : undefined;
    case 'group':
      return caller.kind === 'user' && caller.groups.includes(who.group) ? always : undefined;
    case 'owner':
      return caller.kind === 'user' ? term('owner', 'eq', caller.id) : undefined;
  }
};

const grantOf = <O extends string>(rule: Rule<O>, operation: O, caller: Caller): readonly Predicate[] => {
  const who = rule.operations.includes(operation) ? predicateFor(rule.who, caller) : undefined;
  if (who === undefined) return [];
  return [rule.when === undefined ? who : allOf([who, toPredicate(rule.when)])];
};

/**
 * What the rules ask of a record for this caller to do the operation: any one of these predicates.
 * None: the caller may do it on no record. The write path puts them into the condition of its one request, the list path
 * into its queries, and {@link authorize} looks at them one by one, so that all paths decide alike.
 */
export const grantsFor = <O extends string = Operation>(rules: readonly Rule<O>[], operation: O, caller: Caller): readonly Predicate[] => {
  if (isUnbound(caller)) return [always];
  const grants = rules.flatMap((rule) => grantOf(rule, operation, caller));
  return grants.some(isAlways) ? [always] : grants;
};

/** Whether one of the grants covers the record. */
export const isGranted = (grants: readonly Predicate[], record: RuledRecord): boolean => grants.some((grant) => matches(grant, record));

const refusal = <O extends string>(rules: readonly Rule<O>[], operation: O, caller: Caller, record: RuledRecord): Decision => {
  if (operation === 'create') return 'forbidden';
  return operation !== 'get' && isGranted(grantsFor<string>(rules, 'get', caller), record) ? 'forbidden' : 'hidden';
};

/**
 * The one decision on records: may the caller do this?
 *
 * @param record the stored record (the new one for `create`). Without it: is there any record that the caller may do this on?
 */
export const authorize = <O extends string = Operation>(
  rules: readonly Rule<O>[],
  operation: O,
  caller: Caller,
  record?: RuledRecord,
): Decision => {
  const grants = grantsFor(rules, operation, caller);
  if (grants.length === 0 && caller.kind === 'guest') return 'unauthenticated';
  if (record === undefined) return grants.length > 0 ? 'allowed' : 'forbidden';
  return isGranted(grants, record) ? 'allowed' : refusal(rules, operation, caller, record);
};

/** On which records a caller may use a field: on `all`, on the caller's `own`, on `none`. */
export type FieldReach = 'all' | 'own' | 'none';

/** How far a caller may read or write a field. A field without rules is open to whoever may touch the record. */
export const fieldReach = (rules: readonly FieldRule[] | undefined, operation: 'read' | 'write', caller: Caller): FieldReach => {
  if (rules === undefined || isUnbound(caller)) return 'all';
  const predicates = rules
    .filter((rule) => rule.operations.includes(operation))
    .map((rule) => predicateFor(rule.who, caller))
    .filter((predicate) => predicate !== undefined);
  if (predicates.some(isAlways)) return 'all';
  return predicates.length > 0 ? 'own' : 'none';
};

/** Whether a field of this reach is open on this record. */
export const isFieldOpen = (reach: FieldReach, caller: Caller, record: RuledRecord): boolean =>
  reach === 'all' || (reach === 'own' && caller.kind === 'user' && record['owner'] === caller.id);
