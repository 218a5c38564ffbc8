import { isLinearizable, type Operation } from './linearizability.ts';
import { type RecordInput, type RecordOutput, type RecordValues, recordSpecification } from './record-specification.ts';

type Seen = Operation<RecordInput, RecordOutput>;

const at = (calledAt: number, answeredAt: number, input: RecordInput, output?: RecordOutput): Seen => ({
  calledAt,
  answeredAt: output === undefined ? Number.POSITIVE_INFINITY : answeredAt,
  input,
  output,
});
const record = (version: number, values: Readonly<Record<string, string>>): RecordValues => ({ version, values });
const ok = (version: number, values: Readonly<Record<string, string>>): RecordOutput => ({ status: 200, record: record(version, values) });

const read = { kind: 'read' } as const;
const remove = { kind: 'delete' } as const;
const update = (values: Readonly<Record<string, string>>, ifMatch?: number): RecordInput => ({
  kind: 'update',
  values,
  ...(ifMatch !== undefined && { ifMatch }),
});
const created = at(0, 1, { kind: 'create', values: { a: '0' } }, { status: 201, record: record(1, { a: '0' }) });
const judge = (history: readonly Seen[]): boolean => isLinearizable(history, recordSpecification);

describe('isLinearizable', () => {
  it.each<[name: string, history: readonly Seen[]]>([
    [
      'a read of the old value after a write was answered',
      [created, at(2, 3, update({ a: '1' }), ok(2, { a: '1' })), at(4, 5, read, ok(1, { a: '0' }))],
    ],
    [
      'two reads at a write that see the new value, then the old one',
      [created, at(2, 9, update({ a: '1' }), ok(2, { a: '1' })), at(3, 4, read, ok(2, { a: '1' })), at(5, 6, read, ok(1, { a: '0' }))],
    ],
    [
      'an update that is lost',
      [created, at(2, 5, update({ a: '1' }), ok(2, { a: '1' })), at(3, 6, update({ b: '1' }), ok(2, { a: '0', b: '1' }))],
    ],
    [
      'two updates for one version',
      [created, at(2, 5, update({ a: '1' }, 1), ok(2, { a: '1' })), at(3, 6, update({ a: '2' }, 1), ok(2, { a: '2' }))],
    ],
    ['a refusal of the version that was there', [created, at(2, 3, update({ a: '1' }, 1), { status: 412 })]],
    ['a record that is back after a delete', [created, at(2, 3, remove, { status: 204 }), at(4, 5, read, ok(1, { a: '0' }))]],
    ['two deletes of one record', [created, at(2, 4, remove, { status: 204 }), at(3, 5, remove, { status: 204 })]],
    ['two creates of one id', [created, at(0, 2, { kind: 'create', values: {} }, { status: 201, record: record(1, {}) })]],
    ['a value that nobody wrote', [created, at(2, 3, read, ok(1, { a: 'x' }))]],
    [
      'an unanswered update that is seen and gone again',
      [created, at(2, 0, update({ a: '1' })), at(3, 4, read, ok(2, { a: '1' })), at(5, 6, read, ok(1, { a: '0' }))],
    ],
    ['an unanswered update that is seen before its call', [created, at(2, 3, read, ok(2, { a: '1' })), at(4, 0, update({ a: '1' }))]],
  ])('refuses %s', (_, history) => expect(judge(history)).toBe(false));

  it.each<[name: string, history: readonly Seen[]]>([
    ['nothing at all', []],
    [
      'a read at a write that sees the old value',
      [created, at(2, 5, update({ a: '1' }), ok(2, { a: '1' })), at(3, 4, read, ok(1, { a: '0' }))],
    ],
    [
      'a read at a write that sees the new value',
      [created, at(2, 5, update({ a: '1' }), ok(2, { a: '1' })), at(3, 4, read, ok(2, { a: '1' }))],
    ],
    [
      'updates at once whose fields are all kept',
      [created, at(2, 9, update({ a: '1' }), ok(3, { a: '1', b: '1' })), at(3, 8, update({ b: '1' }), ok(2, { a: '0', b: '1' }))],
    ],
    [
      'one of two for a version',
      [created, at(2, 5, update({ a: '1' }, 1), ok(2, { a: '1' })), at(3, 6, update({ a: '2' }, 1), { status: 412 })],
    ],
    [
      'a delete between, and the id used again',
      [
        created,
        at(2, 5, remove, { status: 204 }),
        at(3, 4, read, { status: 404 }),
        at(6, 7, created.input, created.output),
        at(6, 8, remove, { status: 404 }),
      ],
    ],
    ['an unanswered update that never was', [created, at(2, 0, update({ a: '1' })), at(3, 4, read, ok(1, { a: '0' }))]],
    [
      'an unanswered update that came late',
      [created, at(2, 0, update({ a: '1' })), at(3, 4, read, ok(1, { a: '0' })), at(5, 6, read, ok(2, { a: '1' }))],
    ],
  ])('takes %s', (_, history) => expect(judge(history)).toBe(true));

  it('judges 8 clients with 15 requests each in less than a second', () => {
    const history = Array.from({ length: 120 }, (_, index) => {
      const round = Math.floor(index / 8);
      return at(round * 10 + 2, round * 10 + 9, update({ a: `${index}` }), ok(index + 2, { a: `${index}` }));
    });
    const startedAt = performance.now();
    expect(judge([created, ...history])).toBe(true);
    expect(judge([created, ...history, at(999, 1_000, read, ok(1, { a: '0' }))])).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
