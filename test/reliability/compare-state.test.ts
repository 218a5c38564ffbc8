import { compareState } from './compare-state.ts';
import type { StoredState } from './stored-state.ts';
import { Expectations, type Write } from './write-load.ts';

const fields = { tag: 't1', group: 'x', n: 0, name: 'ada' };
const stored = { ...fields, id: '1', owner: 'u', version: 1, createdAt: '', updatedAt: '' };
const state = (changes: Partial<StoredState> = {}): StoredState => ({
  records: { Item: [], Named: [stored] },
  uniques: new Map([['ada', '1']]),
  keys: new Set(['k1']),
  faults: [],
  ...changes,
});
const nothing = { records: { Item: [], Named: [] }, uniques: new Map<string, string>(), keys: new Set<string>() };
const create: Write = {
  tag: 't1',
  key: 'k1',
  call: { method: 'POST', path: '/data/Named', body: fields },
  before: undefined,
  after: { model: 'Named', id: undefined, fields, version: 1 },
};
const answer = { status: 201, headers: {}, text: '{"id":"1","version":1}' };

const expectations = (answered: boolean): Expectations => {
  const made = new Expectations();
  if (answered) made.answered(create, answer);
  else made.unanswered.push(create);
  return made;
};

describe('compareState', () => {
  it.each<[name: string, answered: boolean, state: StoredState]>([
    ['an acknowledged write that is lost', true, state(nothing)],
    ['an acknowledged write that is other', true, state({ records: { Item: [], Named: [{ ...stored, n: 5 }] } })],
    ['an acknowledged key that is lost', true, state({ keys: new Set() })],
    ['a unique value that is lost', true, state({ uniques: new Map() })],
    ['a unique value of no record', true, state({ uniques: new Map([...state().uniques, ['bob', '2']]) })],
    ['a record in two places', true, state({ records: { Item: [stored], Named: [stored] } })],
    ['a record that nobody wrote', true, state({ records: { Item: [{ ...stored, tag: 't2' }], Named: [stored] } })],
    ['a key that nobody sent', true, state({ keys: new Set(['k1', 'k2']) })],
    ['a table that its index contradicts', true, state({ faults: ['index'] })],
    ['an unanswered write by half: no unique value', false, state({ uniques: new Map() })],
    ['an unanswered write by half: no key', false, state({ keys: new Set() })],
    ['an unanswered write by half: the key only', false, state({ ...nothing, keys: new Set(['k1']) })],
    ['an unanswered write by half: the unique value only', false, state({ ...nothing, uniques: state().uniques })],
  ])('finds %s', (_, answered, found) => {
    expect(compareState(expectations(answered), found)).not.toEqual([]);
  });

  it('takes an acknowledged write that is there, and an unanswered one that is there or not at all', () => {
    expect(compareState(expectations(true), state())).toEqual([]);
    const there = expectations(false);
    expect(compareState(there, state())).toEqual([]);
    expect(there.records.get('t1')).toMatchObject({ id: '1', version: 1 });
    const notThere = expectations(false);
    expect(compareState(notThere, state(nothing))).toEqual([]);
    expect(notThere.records.size).toBe(0);
  });

  it('expects an unanswered write as it was found from then on', () => {
    const made = expectations(false);
    compareState(made, state());
    made.unanswered.length = 0;
    made.keys.set('k1', { call: create.call, text: '', status: 201 });
    expect(compareState(made, state(nothing))).not.toEqual([]);
  });
});
