import type { Operation, Rule, Who } from '../../contracts/access.ts';
import type { Filter } from '../../contracts/filter.ts';
import { authorize, type Decision, fieldReach, isFieldOpen } from '../../lambdas/runtime/authorize.ts';
import type { Caller } from '../../lambdas/runtime/request.ts';

const guest: Caller = { kind: 'guest' };
const user = (id: string, ...groups: readonly string[]): Caller => ({
  kind: 'user',
  id,
  username: id,
  groups,
  scopes: [],
  accessToken: '',
});
const anna = user('anna');
const ben = user('ben');

const rule = (who: Who, operations: readonly Operation[], when?: Filter): Rule => ({ who, operations, ...(when && { when }) });
const owner: Who = { kind: 'owner' };
const editors: Who = { kind: 'group', group: 'editors' };
const anyone: Who = { kind: 'anyone' };
const rules = [
  rule(owner, ['create', 'get', 'list', 'update', 'delete']),
  rule(editors, ['get', 'update']),
  rule(anyone, ['get'], { published: true }),
];
const hidden = { owner: 'anna', published: false };
const open = { owner: 'anna', published: true };

describe('authorize', () => {
  it.each<[string, Operation, Caller, Readonly<Record<string, unknown>> | undefined, Decision]>([
    ['a guest where guests never may', 'update', guest, open, 'unauthenticated'],
    ['a guest on a record that is not for guests', 'get', guest, hidden, 'hidden'],
    ['a guest without a record', 'list', guest, undefined, 'unauthenticated'],
    ['a stranger on a hidden record', 'get', ben, hidden, 'hidden'],
    ['a stranger who would change a hidden record', 'update', ben, hidden, 'hidden'],
    ['a stranger who would change a readable record', 'update', ben, open, 'forbidden'],
    ['an editor who would delete', 'delete', user('eve', 'editors'), hidden, 'forbidden'],
    ['a member of a group that is spelt otherwise', 'update', user('eve', 'Editors', 'editors ', 'editors,x'), hidden, 'hidden'],
    ['a record without an owner', 'get', ben, { published: false }, 'hidden'],
    ['a creator whose record is somebody else’s', 'create', ben, { owner: 'anna' }, 'forbidden'],
    ['a guest on a record for guests', 'get', guest, open, 'allowed'],
    ['the owner', 'delete', anna, hidden, 'allowed'],
    ['an editor', 'update', user('eve', 'editors'), hidden, 'allowed'],
    ['a user who may on some record', 'list', ben, undefined, 'allowed'],
  ])('decides about %s', (_who, operation, caller, record, decision) => {
    expect(authorize(rules, operation, caller, record)).toBe(decision);
  });

  it('lets nobody in without rules', () => {
    expect(authorize([], 'get', anna, open)).toBe('hidden');
    expect(authorize([], 'create', anna)).toBe('forbidden');
  });
});

describe('fieldReach', () => {
  const fieldRules = [
    { who: owner, operations: ['read', 'write'] as const },
    { who: editors, operations: ['read'] as const },
  ];

  it('is none, own or all', () => {
    expect(fieldReach(undefined, 'write', guest)).toBe('all');
    expect(fieldReach([], 'read', anna)).toBe('none');
    expect(fieldReach(fieldRules, 'read', guest)).toBe('none');
    expect(fieldReach(fieldRules, 'read', anna)).toBe('own');
    expect(fieldReach(fieldRules, 'read', user('eve', 'editors'))).toBe('all');
    expect(fieldReach(fieldRules, 'write', user('eve', 'editors'))).toBe('own');
  });

  it('opens own fields to the owner only', () => {
    expect(isFieldOpen('own', anna, open)).toBe(true);
    expect(isFieldOpen('own', ben, open)).toBe(false);
    expect(isFieldOpen('own', guest, {})).toBe(false);
  });
});

describe('the system', () => {
  const system: Caller = { kind: 'system', actor: 'ben' };

  it.each(['create', 'get', 'list', 'update', 'delete'] as const)(
    'FN12 may %s where no rule lets anybody, by no more than being a function',
    (operation) => {
      expect(authorize([], operation, system, hidden)).toBe('allowed');
      expect(authorize([], operation, system)).toBe('allowed');
      // Not as the user on whose behalf it acts.
      expect(authorize([], operation, ben, hidden)).not.toBe('allowed');
    },
  );

  it.each(['read', 'write'] as const)('may %s every field', (operation) => {
    expect(fieldReach([], operation, system)).toBe('all');
    expect(fieldReach([], operation, ben)).toBe('none');
  });
});
