import { z } from 'zod';
import type { Models } from '../../../contracts/backend.ts';
import { type AnyModel, belongsTo, hasMany, model } from '../../../contracts/model.ts';
import { compileModels } from '../../../lib/data/compile-models.ts';

const groups = ['admins', 'editors'];
const base = { fields: { title: z.string(), done: z.boolean().default(false) }, access: () => [] };

/** A model as JavaScript or an `as` could make it, past the compiler. */
const loose = (definition: object): AnyModel => model({ ...base, ...definition } as never);
const compile = (models: Models) => compileModels(models, groups);
const compileNote = (definition: object) => compile({ Note: loose(definition) }).data.models['Note'];
const access =
  (...rules: readonly unknown[]) =>
  (): readonly unknown[] =>
    rules;

describe('compileModels refuses', () => {
  const other = { Other: loose({ fields: { noteId: z.string(), size: z.int() } }) };
  const when = (condition: unknown) => ({
    access: (allow: { anyone(): { when(condition: unknown): unknown } }) => [allow.anyone().when(condition)],
  });
  const refused: readonly (readonly [string, Models, RegExp])[] = [
    ['a model in small letters', { note: loose({}) }, /^data\.models has the illegal name "note": use a capital letter/],
    ['a model named like a route', { transaction: loose({}), batch: loose({}) }, /illegal name "transaction"/],
    ['a model named __proto__', JSON.parse('{"__proto__": 1}') as Models, /illegal name "__proto__"/],
    [
      'models that share a variable',
      { NoteA: loose({}), NotEA: loose({}), Notea: loose({}), NOTEA: loose({}) },
      /differ by their case only/,
    ],
    ['what is no model', { Note: {} as AnyModel }, /data\.models\.Note is not a model: make it with model\(/],
    ['a misspelt prop', { Note: loose({ fieldsAccess: {} }) }, /Note has the prop "fieldsAccess", which does not exist: use one of fields/],
    ['no rules at all', { Note: { kind: 'model', definition: { fields: {} } } as unknown as AnyModel }, /Note has no access/],
    ['no fields', { Note: loose({ fields: {} }) }, /Note\.fields is empty/],
    ['a system field', { Note: loose({ fields: { owner: z.string() } }) }, /declares owner, which the server sets/],
    ['a word of filters', { Note: loose({ fields: { and: z.string() } }) }, /declares and, which is a word of filters/],
    ['constructor', { Note: loose({ fields: { constructor: z.string() } }) }, /declares constructor, which every JavaScript object has/],
    ['a dot in a field', { Note: loose({ fields: { 'a.b': z.string() } }) }, /illegal name "a\.b"/],
    ['a leading underscore', { Note: loose({ fields: { _a: z.string() } }) }, /illegal name "_a"/],
    ['a type without JSON', { Note: loose({ fields: { at: z.date() } }) }, /data\.models\.Note\.fields\.at is of the Zod type "date"/],

    [
      'an index on an unknown field',
      { Note: loose({ indexes: { byState: ['state'] } }) },
      /indexes\.byState names the field "state".*use one of title, done/,
    ],
    [
      'an index on a list',
      { Note: loose({ fields: { tags: z.array(z.string()) }, indexes: { byTags: ['tags'] } }) },
      /of the kind array and has no order/,
    ],
    ['an index on z.json()', { Note: loose({ fields: { any: z.json() }, indexes: { byAny: ['any'] } }) }, /of the kind json/],
    [
      'an index on a nullable field',
      { Note: loose({ fields: { a: z.string().nullable() }, indexes: { byA: ['a'] } }) },
      /may be null.*\.optional\(\)/,
    ],
    ['a star in second place', { Note: loose({ indexes: { byTitle: ['title', '*'] } }) }, /"\*" in place 2/],
    ['an empty index', { Note: loose({ indexes: { byTitle: [] } }) }, /byTitle is empty/],
    ['a field twice in an index', { Note: loose({ indexes: { byTitle: ['title', 'title'] } }) }, /names a field twice/],
    ['an index by id', { Note: loose({ indexes: { byId: ['id'] } }) }, /begins with id/],
    [
      'two indexes alike',
      { Note: loose({ indexes: { byTitle: ['title'], byName: ['title', 'createdAt'] } }) },
      /byTitle and byName of the same fields/,
    ],
    ['an illegal index name', { Note: loose({ indexes: { 'by-title': ['title'] } }) }, /illegal name "by-title"/],
    [
      '21 indexes',
      {
        Note: loose({
          fields: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`f${n}`, z.string()])),
          indexes: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`by${n}x`, [`f${n}`]])),
        }),
      },
      /has 21 indexes, but DynamoDB takes 20/,
    ],
    [
      'a byOwner of another field',
      { Note: loose({ indexes: { byOwner: ['title'] }, access: (allow: { owner(): unknown }) => [allow.owner()] }) },
      /byOwner begins with title/,
    ],

    [
      'a rule for an unknown group',
      { Note: loose({ access: (allow: { group(name: string): unknown }) => [allow.group('editor')] }) },
      /access\[0\] names the group "editor".*use one of admins, editors/,
    ],
    [
      'a rule that allows nothing',
      { Note: loose({ access: (allow: { owner(): { to(): unknown } }) => [allow.owner().to()] }) },
      /allows no operation/,
    ],
    ['a condition on an unknown field', { Note: loose(when({ state: 1 })) }, /access\[0\]\.when names the field "state"/],
    ['an unknown operator', { Note: loose(when({ title: { like: 'a' } })) }, /operator "like"/],
    ['an operand of another type', { Note: loose(when({ title: 1 })) }, /operand 1, but the field is of the kind string/],
    ['an order of booleans', { Note: loose(when({ done: { gt: false } })) }, /orders a boolean/],
    ['a list of nothing', { Note: loose(when({ title: { in: [] } })) }, /use a list of 1 to 100 values/],
    ['a range of three', { Note: loose(when({ title: { between: ['a', 'b', 'c'] } })) }, /use a list of 2 values/],
    ['exists with a text', { Note: loose(when({ title: { exists: 'yes' } })) }, /use true or false/],
    ['a part of a boolean', { Note: loose(when({ done: { contains: 'a' } })) }, /only texts have parts/],
    [
      'a date that is not in UTC',
      { Note: loose(when({ createdAt: { lt: '2026-01-01T00:00:00+01:00' } })) },
      /as "2025-12-31T23:00:00\.000Z"/,
    ],
    [
      'a value that an enum lacks',
      { Note: loose({ fields: { state: z.enum(['open', 'done']) }, ...when({ state: 'closed' }) }) },
      /which the field never has: use one of "open", "done"/,
    ],
    ['an empty condition', { Note: loose(when({})) }, /compare at least one field/],
    ['an empty alternative', { Note: loose(when({ or: [] })) }, /use a list of conditions/],
    ['a condition that is wrong inside', { Note: loose(when({ not: { and: [{ done: 'x' }] } })) }, /when\.not\.and\[0\]\.done/],
    ['field rules for an unknown field', { Note: loose({ fieldAccess: { secret: access() } }) }, /fieldAccess names the field "secret"/],
    [
      'field rules for an unknown group',
      { Note: loose({ fieldAccess: { title: (allow: { group(name: string): unknown }) => [allow.group('boss')] } }) },
      /fieldAccess\.title\[0\] names the group "boss"/,
    ],

    ['a unique field that is unknown', { Note: loose({ unique: ['slug'] }) }, /unique names the field "slug"/],
    ['a unique boolean', { Note: loose({ unique: ['done'] }) }, /of the kind boolean: only texts and whole numbers/],
    ['a unique nullable field', { Note: loose({ fields: { a: z.string().nullable() }, unique: ['a'] }) }, /may be null/],
    [
      'a unique field with a default',
      { Note: loose({ fields: { a: z.string().default('x') }, unique: ['a'] }) },
      /default that only one record could hold/,
    ],
    ['a ttl of a text', { Note: loose({ ttl: 'title' }) }, /ttl names title, which is of the kind string/],
    ['a ttl of an unknown field', { Note: loose({ ttl: 'ends' }) }, /ttl names the field "ends"/],

    [
      'a relation to an unknown model',
      { Note: loose({ relations: { a: belongsTo('Nope', 'title') } }) },
      /names the model "Nope".*use one of Note/,
    ],
    [
      'a relation by an unknown field',
      { Note: loose({ relations: { a: belongsTo('Note', 'noteId') } }) },
      /names the field "noteId", which Note does not have/,
    ],
    [
      'a relation by a number',
      { Note: loose({ relations: { a: hasMany('Other', 'size') } }), ...other },
      /Other\.size, which is of the kind integer/,
    ],
    [
      'hasMany without an index',
      { Note: loose({ relations: { a: hasMany('Other', 'noteId') } }), ...other },
      /add to the indexes of Other: byNoteId: \['noteId', 'createdAt'\]/,
    ],
    [
      'a relation named like a field',
      { Note: loose({ relations: { title: belongsTo('Note', 'title') } }) },
      /relations\.title is named like a field/,
    ],
    [
      'onDelete without an index',
      { Note: loose({ relations: { a: belongsTo('Note', 'title', { onDelete: 'cascade' }) } }) },
      /to find them when a Note is deleted/,
    ],
    [
      'setNull of a required field',
      { Note: loose({ indexes: { byTitle: ['title'] }, relations: { a: belongsTo('Note', 'title', { onDelete: 'setNull' }) } }) },
      /make it \.optional\(\)/,
    ],
  ];

  it.each(refused)('%s', (_name, models, message) => {
    expect(() => compile(models)).toThrow(message);
  });

  it('too many models for one function', () => {
    const models = Object.fromEntries(Array.from({ length: 41 }, (_, n) => [`M${n}`, loose({})]));
    expect(() => compile(models)).toThrow(/41 models, but one function can hold the names of 40 tables/);
  });
});

describe('compileModels', () => {
  it('tells kinds, requirements and defaults of fields', () => {
    const fields = compileNote({
      fields: {
        text: z.string(),
        at: z.iso.datetime().optional(),
        day: z.iso.date(),
        count: z.int().default(3),
        ratio: z.number().nullable(),
        flag: z.boolean(),
        state: z.enum(['a', 'b']).default('a'),
        level: z.union([z.literal(1), z.literal(2)]),
        tags: z.array(z.string()).default([]),
        place: z.object({ city: z.string() }),
        shape: z.union([z.object({ a: z.int() }), z.object({ b: z.int() })]),
        mixed: z.union([z.string(), z.int()]),
        any: z.json().optional(),
      },
    })?.fields;
    const wholeNumbers = { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER };
    expect(fields).toEqual({
      text: { kind: 'string', required: true, nullable: false },
      at: { kind: 'dateTime', required: false, nullable: false },
      day: { kind: 'string', required: true, nullable: false },
      count: { kind: 'integer', required: false, nullable: false, default: 3, operators: wholeNumbers },
      ratio: { kind: 'number', required: true, nullable: true, operators: { minimum: -9.999e125, maximum: 9.999e125 } },
      flag: { kind: 'boolean', required: true, nullable: false },
      state: { kind: 'string', required: false, nullable: false, default: 'a' },
      level: { kind: 'number', required: true, nullable: false },
      tags: { kind: 'array', required: false, nullable: false, default: [], operators: {} },
      place: { kind: 'object', required: true, nullable: false },
      shape: { kind: 'json', required: true, nullable: false },
      mixed: { kind: 'json', required: true, nullable: false },
      any: { kind: 'json', required: false, nullable: expect.any(Boolean) },
    });
  });

  it('uses a field as a key where DynamoDB can, and an encoded attribute where it cannot', () => {
    const indexes = compileNote({
      fields: { title: z.string(), size: z.int(), done: z.boolean() },
      indexes: {
        byTitle: ['title'],
        byTitleSize: ['title', 'size'],
        byDone: ['done', 'title'],
        byAll: ['*', 'size'],
        byTwo: ['title', 'size', 'createdAt'],
        byFlag: ['title', 'done'],
      },
    })?.indexes;
    const keyOf = (name: string) => indexes?.find((index) => index.name === name);
    expect(keyOf('byTitle')).toMatchObject({
      partitionAttribute: 'title',
      partitionEncoded: false,
      sort: ['createdAt'],
      sortAttribute: 'createdAt',
      sortEncoded: false,
    });
    expect(keyOf('byTitleSize')).toMatchObject({ sortAttribute: 'size', sortEncoded: false });
    expect(keyOf('byDone')).toMatchObject({ partitionAttribute: '_p_byDone', partitionEncoded: true, sortAttribute: 'title' });
    expect(keyOf('byAll')).toMatchObject({ partition: '*', partitionAttribute: '_p_byAll', partitionEncoded: true, sortAttribute: 'size' });
    expect(keyOf('byTwo')).toMatchObject({ sort: ['size', 'createdAt'], sortAttribute: '_s_byTwo', sortEncoded: true });
    expect(keyOf('byFlag')).toMatchObject({ sort: ['done'], sortAttribute: '_s_byFlag', sortEncoded: true });
  });

  const ownerRule = (allow: { owner(): unknown }) => [allow.owner()];
  it('lists own records by the index byOwner, which is there once', () => {
    const namesOf = (indexes: object) => compileNote({ access: ownerRule, indexes })?.indexes.map(({ name }) => name);
    expect(namesOf({})).toEqual(['byOwner']);
    expect(namesOf({ byOwner: ['owner', 'title'] })).toEqual(['byOwner']);
    expect(namesOf({ mine: ['owner', 'createdAt'] })).toEqual(['mine']);
    expect(compileNote({})?.indexes).toEqual([]);
  });

  it('keeps what is declared of uniqueness, relations, expiry and preconditions', () => {
    const note = compileNote({
      fields: { slug: z.string().optional(), parentId: z.string().optional(), ends: z.iso.datetime().optional() },
      unique: ['slug'],
      relations: { parent: belongsTo('Note', 'parentId') },
      ttl: 'ends',
      requireIfMatch: true,
    });
    expect(note).toMatchObject({ unique: ['slug'], ttl: 'ends', requireIfMatch: true, tableVariable: 'DATA_NOTE_TABLE_NAME' });
    expect(note?.relations).toEqual({ parent: { kind: 'belongsTo', model: 'Note', field: 'parentId', onDelete: 'keep' } });
  });

  it('warns of records that nobody can reach and of fields that no creator can write', () => {
    expect(compile({ Note: loose({}) }).warnings).toEqual([expect.stringMatching(/Note\.access has no rules/)]);
    const admin = (allow: { group(name: string): unknown }) => [allow.group('admins')];
    expect(compile({ Note: loose({ access: ownerRule, fieldAccess: { title: admin } }) }).warnings).toEqual([
      expect.stringMatching(/fieldAccess\.title lets nobody write title who may create a record/),
    ]);
    expect(compile({ Note: loose({ access: ownerRule, fieldAccess: { done: admin } }) }).warnings).toEqual([]);
    expect(compile({ Note: loose({ access: admin, fieldAccess: { title: admin } }) }).warnings).toEqual([]);
  });

  it('gives the same result for the same models', () => {
    const models = { Note: loose({ access: ownerRule }) };
    expect(JSON.stringify(compile(models))).toBe(JSON.stringify(compile(models)));
  });
});
