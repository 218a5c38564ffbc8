import type { Probe } from '../probe.ts';
import { N, S, simpleProbe, text } from './build-probe.ts';

const LIST = { L: [S('0'), S('1'), S('2'), S('3')] };
const one = { ':n': N(1) };

/** Update expressions and what they answer. */
export const updateProbes: readonly Probe[] = [
  simpleProbe('update makes an item', (on) => [on.update('SET a = :n', one), on.get()]),
  simpleProbe('update without an expression', (on) => [
    ['UpdateItem', { TableName: 'simple', Key: on.Key, ReturnValues: 'ALL_NEW' }],
    on.get(),
  ]),
  simpleProbe('set of nested paths', (on) => [
    on.put({ m: { M: { l: LIST } } }),
    on.update('SET m.a = :n, m.l[1] = :n, m.l[9] = :n', one),
    on.update('SET m.x.y = :n', one),
    on.update('SET missing.y = :n', one),
    on.update('SET m[0] = :n', one),
    on.update('SET m.l.x = :n', one),
  ]),
  simpleProbe('set behind the end of a list', (on) => [
    on.put({ l: LIST }),
    on.update('SET l[20] = :a, l[10] = :b', { ':a': S('a'), ':b': S('b') }),
  ]),
  simpleProbe('arithmetic', (on) => [
    on.put({ a: N('1.5'), b: N('2') }),
    on.update('SET a = a + :n, b = b - :n', one),
    on.update('SET a = a + b'),
    on.update('SET a = :n - a', one),
    on.update('SET c = missing + :n', one),
    on.update('SET a = a + :s', { ':s': S('x') }),
    on.update('SET a = a + :n + :n', one),
  ]),
  simpleProbe('arithmetic on a text', (on) => [on.put({ a: S('x') }), on.update('SET a = a + :n', one), on.update('ADD a :n', one)]),
  simpleProbe('arithmetic beyond the precision', (on) => [
    on.put({ a: N('99999999999999999999999999999999999999') }),
    on.update('SET a = a + :n', one),
    on.update('SET a = a + :n', { ':n': N('0.1') }),
    on.update('ADD a :n', { ':n': N('0.5') }),
    on.get(),
  ]),
  simpleProbe('arithmetic beyond the range', (on) => [
    on.put({ a: N('9E125') }),
    on.update('SET a = a + a'),
    on.update('ADD a :n', { ':n': N('9E125') }),
  ]),
  simpleProbe('if_not_exists', (on) => [
    on.update('SET a = if_not_exists(a, :n)', one),
    on.update('SET a = if_not_exists(a, :m), b = if_not_exists(a, :m) + :m', { ':m': N(5) }),
    on.update('SET c = if_not_exists(x, y)'),
    on.update('SET d = if_not_exists(x, if_not_exists(y, :n))', one),
    on.update('SET d = if_not_exists(:n, :n)', one),
  ]),
  simpleProbe('operands of functions and sums', (on) => [
    on.put({ a: N(1), l: LIST }),
    on.update('SET b = if_not_exists(a, missing)'),
    on.update('SET b = if_not_exists(a, a)'),
    on.update('SET b = a + list_append(l, l)'),
    on.update('SET b = list_append(l, l)'),
  ]),
  simpleProbe('list_append', (on) => [
    on.put({ l: LIST, s: S('x') }),
    on.update('SET l = list_append(l, :l)', { ':l': { L: [N(1)] } }),
    on.update('SET l = list_append(:l, l)', { ':l': { L: [N(0)] } }),
    on.update('SET q = list_append(if_not_exists(q, :e), :l)', { ':e': { L: [] }, ':l': { L: [N(1)] } }),
    on.update('SET s = list_append(s, :l)', { ':l': { L: [] } }),
    on.update('SET z = list_append(z, :l)', { ':l': { L: [] } }),
    on.update('SET l = list_append(l, :n)', one),
  ]),
  simpleProbe('remove', (on) => [
    on.put({ a: N(1), m: { M: { x: N(1), y: N(2) } }, l: LIST }),
    on.update('REMOVE a, m.x'),
    on.update('REMOVE l[0], l[2]'),
    on.update('REMOVE l[9], missing'),
    on.update('REMOVE missing.a'),
    on.update('REMOVE m.q.z'),
  ]),
  simpleProbe('remove and set in one list', (on) => [
    on.put({ l: LIST }),
    on.update('REMOVE l[0] SET l[1] = :n', one),
    on.update('SET l[7] = :n REMOVE l[0]', one),
  ]),
  simpleProbe('operands are read before the update', (on) => [
    on.put({ a: N(1), b: N(2) }),
    on.update('SET a = b, b = a'),
    on.update('SET c = a REMOVE a'),
  ]),
  simpleProbe('add to numbers and sets', (on) => [
    on.update('ADD n :n', one),
    on.update('ADD n :m', { ':m': N('-3.5') }),
    on.update('ADD s :s', { ':s': { SS: ['a', 'b'] } }),
    on.update('ADD s :s', { ':s': { SS: ['b', 'c'] } }),
    on.update('ADD s :s', { ':s': { NS: ['1'] } }),
    on.update('ADD n :s', { ':s': { SS: ['a'] } }),
    on.update('ADD l :s', { ':s': { L: [] } }),
    on.update('ADD x :s', { ':s': S('x') }),
  ]),
  simpleProbe('add to a nested path', (on) => [on.put({ m: { M: {} } }), on.update('ADD m.n :n', one), on.update('ADD q.n :n', one)]),
  simpleProbe('delete from sets', (on) => [
    on.put({ s: { SS: ['a', 'b', 'c'] }, n: N(1) }),
    on.update('DELETE s :s', { ':s': { SS: ['a', 'z'] } }),
    on.update('DELETE s :s', { ':s': { SS: ['b', 'c'] } }),
    on.update('DELETE missing :s', { ':s': { SS: ['b'] } }),
    on.update('DELETE n :s', { ':s': { SS: ['b'] } }),
    on.update('DELETE n :n', one),
  ]),
  simpleProbe('delete from a set of another type', (on) => [
    on.put({ s: { SS: ['1'] } }),
    on.update('DELETE s :s', { ':s': { NS: ['1'] } }),
  ]),
  simpleProbe('updated old and new', (on) => [
    on.put({ a: N(1), m: { M: { x: N(1), y: N(2) } }, l: LIST }),
    on.update('SET a = :n, m.x = :n, l[1] = :n, fresh = :n', { ':n': N(9) }, { ReturnValues: 'UPDATED_OLD' }),
    on.update('SET a = :n, m.x = :n, l[1] = :n REMOVE m.y', { ':n': N(8) }, { ReturnValues: 'UPDATED_NEW' }),
    on.update('REMOVE a', undefined, { ReturnValues: 'UPDATED_NEW' }),
    on.update('REMOVE fresh', undefined, { ReturnValues: 'UPDATED_OLD' }),
    on.update('SET a = :n', one, { ReturnValues: 'ALL_OLD' }),
    on.update('SET a = :n', one, { ReturnValues: 'NONE' }),
  ]),
  simpleProbe('update of an item that is not there returns nothing old', (on) => [
    on.update('SET a = :n', one, { ReturnValues: 'ALL_OLD' }),
    on.remove(),
    on.update('SET a = :n', one, { ReturnValues: 'UPDATED_OLD' }),
    on.remove(),
    on.update('SET a = :n', one, { ReturnValues: 'UPDATED_NEW' }),
  ]),
  simpleProbe('update of the key', (on) => [
    on.update('SET id = :n', { ':n': S('x') }),
    on.update('REMOVE id'),
    on.update('SET id.a = :n', one),
    on.update('SET a = id'),
  ]),
  simpleProbe('overlapping paths', (on) => [
    on.update('SET a = :n, a = :n', one),
    on.update('SET a.b = :n, a = :n', one),
    on.update('SET a = :n REMOVE a.b', one),
    on.update('SET a[0] = :n, a.b = :n', one),
  ]),
  simpleProbe('clauses twice', (on) => [on.update('SET a = :n SET b = :n', one), on.update('REMOVE a REMOVE b'), on.update('SET')]),
  simpleProbe('syntax errors', (on) => [
    on.update('SET a := :n', one),
    on.update('SET a = '),
    on.update('FOO a = :n', one),
    on.update('SET a = :n,', one),
    on.update(''),
    on.update('SET a = unknown(:n)', one),
    on.update('SET a = if_not_exists(a)'),
    on.update('SET a = size(a)'),
  ]),
  simpleProbe('undefined and unused placeholders', (on) => [
    on.update('SET a = :x'),
    on.update('SET a = :n', { ':n': N(1), ':m': N(2) }),
    on.update('SET #a = :n', one),
    on.update('SET a = :n', one, { ExpressionAttributeNames: { '#a': 'a' } }),
    on.update('SET a = :n', {}),
    on.update('SET a = :n', { n: N(1) }),
    on.update('SET a = :n', one, { ExpressionAttributeNames: { a: 'a' } }),
  ]),
  simpleProbe('reserved words', (on) => [
    on.update('SET name = :n', one),
    on.update('SET #n = :n', one, { ExpressionAttributeNames: { '#n': 'name' } }),
    on.update('SET Status = :n', one),
    on.update('SET a.size = :n', one),
  ]),
  simpleProbe('update grows an item past 400 KB', (on) => [
    on.put({ a: text(400_000) }),
    on.update('SET b = :b', { ':b': text(20_000) }, { ReturnValues: 'NONE' }),
    on.get({ ProjectionExpression: 'b' }),
  ]),
  simpleProbe('capacity of an update is that of the larger item', (on) => [
    on.put({ a: text(3_000) }),
    on.update('SET a = :n', one, { ReturnConsumedCapacity: 'TOTAL', ReturnValues: 'NONE' }),
    on.update('SET a = :n', one, { ReturnConsumedCapacity: 'TOTAL', ReturnValues: 'NONE' }),
    on.update('SET a = :n', { ':n': text(3_000) }, { ReturnConsumedCapacity: 'INDEXES', ReturnValues: 'NONE' }),
  ]),
  simpleProbe('invalid values in an expression', (on) => [
    on.update('SET a = :n', { ':n': N('x') }),
    on.update('SET a = :n', { ':n': {} }),
    on.update('SET a = :n', { ':n': { SS: [] } }),
    on.update('SET a = :n', { ':n': { SS: ['a', 'a'] } }),
  ]),
  simpleProbe('attribute updates', (on) => [
    [
      'UpdateItem',
      {
        TableName: 'simple',
        Key: on.Key,
        AttributeUpdates: { a: { Action: 'PUT', Value: N(1) }, b: { Action: 'ADD', Value: N(2) }, c: { Value: S('x') } },
        ReturnValues: 'ALL_NEW',
      },
    ],
    [
      'UpdateItem',
      {
        TableName: 'simple',
        Key: on.Key,
        AttributeUpdates: { a: { Action: 'DELETE' }, b: { Action: 'ADD', Value: N(-1) }, s: { Action: 'ADD', Value: { SS: ['x'] } } },
        ReturnValues: 'UPDATED_NEW',
      },
    ],
    ['UpdateItem', { TableName: 'simple', Key: on.Key, AttributeUpdates: { c: { Action: 'ADD', Value: N(1) } } }],
    ['UpdateItem', { TableName: 'simple', Key: on.Key, AttributeUpdates: { c: { Action: 'PUT' } } }],
    [
      'UpdateItem',
      { TableName: 'simple', Key: on.Key, AttributeUpdates: { c: { Action: 'PUT', Value: N(1) } }, UpdateExpression: 'REMOVE c' },
    ],
  ]),
  simpleProbe('expression of 4 KB', (on) => [on.update(`SET ${'a'.repeat(4096 - 4 - 5)} = :n`, one, { ReturnValues: 'NONE' })]),
  simpleProbe('expression above 4 KB', (on) => [on.update(`SET ${'a'.repeat(4097 - 4 - 5)} = :n`, one, { ReturnValues: 'NONE' })]),
  simpleProbe('number of operators in an update', (on) => [
    on.update(`SET ${many(300, (i) => `a${i} = :n`)}`, one, { ReturnValues: 'NONE' }),
    on.update(`SET ${many(301, (i) => `a${i} = :n`)}`, one, { ReturnValues: 'NONE' }),
  ]),
  simpleProbe('number of operators with sums', (on) => [
    on.update(`SET ${many(300, (i) => `a${i}=:n+:n`)}`, one, { ReturnValues: 'NONE' }),
    on.update(`SET ${many(301, (i) => `a${i}=:n+:n`)}`, one, { ReturnValues: 'NONE' }),
  ]),
];

function many(count: number, part: (position: number) => string): string {
  return Array.from({ length: count }, (_, position) => part(position)).join(',');
}
