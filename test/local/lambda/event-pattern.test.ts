import { matchesPattern } from '../../../local/services/lambda/event-pattern.ts';

const event = { type: 'note.created', detail: { id: 'abc', size: 5, tags: ['a', 'b'], empty: null, ip: '10.1.2.3' } };

describe('matchesPattern', () => {
  it.each([
    [{ type: ['note.created'] }, true],
    [{ type: ['note.deleted', 'note.created'] }, true],
    [{ type: ['note.deleted'] }, false],
    [{ type: [{ prefix: 'note.' }] }, true],
    [{ type: [{ suffix: '.deleted' }] }, false],
    [{ type: [{ 'equals-ignore-case': 'NOTE.created' }] }, true],
    [{ type: [{ 'anything-but': ['note.created'] }] }, false],
    [{ type: [{ 'anything-but': { prefix: 'file.' } }] }, true],
    [{ detail: { size: [{ numeric: ['>', 1, '<=', 5] }] } }, true],
    [{ detail: { size: [{ numeric: ['<', 5] }] } }, false],
    [{ detail: { tags: ['b'] } }, true],
    [{ detail: { empty: [null] } }, true],
    [{ detail: { missing: [{ exists: false }] } }, true],
    [{ detail: { id: [{ exists: false }] } }, false],
    [{ other: { missing: [{ exists: false }] } }, true],
    [{ other: { missing: ['x'] } }, false],
    [{ $or: [{ type: ['x'] }, { detail: { id: ['abc'] } }] }, true],
    [{ toString: [{ exists: true }] }, false],
    [{ type: [{ wildcard: 'note.*ed' }] }, true],
    [{ type: [{ wildcard: 'note.\\*' }] }, false],
    [{ type: [{ 'anything-but': { wildcard: ['file.*', '*.created'] } }] }, false],
    [{ type: [{ 'anything-but': { prefix: ['file.', 'page.'] } }] }, true],
    [{ type: [{ 'anything-but': { 'equals-ignore-case': ['NOTE.CREATED'] } }] }, false],
    [{ detail: { ip: [{ cidr: '10.1.0.0/16' }] } }, true],
    [{ detail: { ip: [{ cidr: '2001:db8::/32' }] } }, false],
  ])('matches %j: %s', (pattern, matches) => {
    expect(matchesPattern(pattern, event)).toBe(matches);
  });

  it('refuses what is no pattern', () => {
    expect(() => matchesPattern('x', event)).toThrow('not an event pattern');
    expect(() => matchesPattern({ type: [{ like: 'x' }] }, event)).toThrow('unknown rule');
  });
});
