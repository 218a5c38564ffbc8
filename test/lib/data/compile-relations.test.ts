import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { AttributeType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { z } from 'zod';
import type { Models } from '../../../contracts/backend.ts';
import { type AnyModel, belongsTo, manyToMany, model } from '../../../contracts/model.ts';
import { Api } from '../../../lib/api/api.ts';
import { Auth } from '../../../lib/auth/auth.ts';
import { compileModels } from '../../../lib/data/compile-models.ts';
import { Data, type DataProps } from '../../../lib/data/data.ts';
import { emptyStack, statementsOf, synth } from '../../support/synth.ts';

const fields = {
  title: z.string(),
  done: z.boolean().default(false),
  labels: z.array(z.string()).default([]),
  noteId: z.string().optional(),
  tagId: z.string().optional(),
  ends: z.int().optional(),
};
/** A model as JavaScript or an `as` could make it, past the compiler. */
const loose = (definition: object): AnyModel =>
  model({ fields, indexes: { byNote: ['noteId'], byTag: ['tagId'] }, access: () => [], ...definition } as never);
const compile = (models: Models) => compileModels(models, ['admins']);
const plain = loose({});
const note = (onDelete: 'restrict' | 'cascade' | 'setNull') => belongsTo('Note', 'noteId', { onDelete });

describe('compileModels refuses', () => {
  const refused: readonly (readonly [string, Models, RegExp])[] = [
    [
      'a count of an unknown field',
      { Note: loose({ count: ['titel'] }) },
      /Note\.count names the field "titel".*use one of \*, owner, title/,
    ],
    ['a count of a list', { Note: loose({ count: ['labels'] }) }, /Note\.count names labels, which is of the kind array/],
    [
      'a count of what differs in every record',
      { Note: loose({ count: ['createdAt'] }) },
      /Note\.count names createdAt, whose values no two/,
    ],
    ['a count that is no list', { Note: loose({ count: 'title' }) }, /Note\.count is "title": use a list/],
    ['a count twice', { Note: loose({ count: ['title', 'title'] }) }, /names a field twice/],
    ['a count beside ttl', { Note: loose({ count: ['*'], ttl: 'ends' }) }, /Note\.count is declared beside ttl/],
    [
      'a field named expanded',
      { Note: loose({ fields: { expanded: z.string() }, indexes: {} }) },
      /declares expanded, which is where related/,
    ],
    [
      'onDelete of records that end',
      { Note: plain, A: loose({ ttl: 'ends', relations: { note: note('cascade') } }) },
      /A\.relations\.note has onDelete 'cascade', but the records end/,
    ],
    [
      'onDelete to records that end',
      { Note: loose({ ttl: 'ends' }), A: loose({ relations: { note: note('restrict') } }) },
      /but records of Note end by themselves/,
    ],
    [
      'two meanings of one field',
      { Note: plain, A: loose({ relations: { one: note('cascade'), two: note('restrict') } }) },
      /A\.relations\.two is of the field noteId, as another relation/,
    ],
    [
      'a restriction behind a cascade',
      {
        Note: plain,
        A: loose({ relations: { note: note('cascade') } }),
        B: loose({ relations: { a: belongsTo('A', 'noteId', { onDelete: 'restrict' }) } }),
      },
      /B\.relations\.a has onDelete 'restrict', but records of A are deleted with those of Note/,
    ],
    [
      'a model in between that does not exist',
      { Note: loose({ relations: { tags: manyToMany('Note', { through: 'Nope' }) } }) },
      /through names the model "Nope"/,
    ],
    [
      'a model in between that leads nowhere',
      {
        Note: loose({ relations: { tags: manyToMany('Tag', { through: 'NoteTag' }) } }),
        Tag: plain,
        NoteTag: loose({ relations: { note: note('cascade') } }),
      },
      /\(NoteTag\) does not lead to Tag: declare there a belongsTo\('Tag', 'tagId'\)/,
    ],
    [
      'a model in between with two ways',
      {
        Note: loose({ relations: { notes: manyToMany('Note', { through: 'Link' }) } }),
        Link: loose({ relations: { a: belongsTo('Note', 'noteId'), b: belongsTo('Note', 'tagId') } }),
      },
      /\(Link\) has several fields that lead to Note \(noteId, tagId\)/,
    ],
    [
      'a model in between without the index',
      {
        Note: loose({ relations: { tags: manyToMany('Tag', { through: 'NoteTag' }) } }),
        Tag: plain,
        NoteTag: loose({ indexes: {}, relations: { note: belongsTo('Note', 'noteId'), tag: belongsTo('Tag', 'tagId') } }),
      },
      /needs an index of NoteTag that begins with noteId.*byNoteId: \['noteId', 'createdAt'\]/,
    ],
  ];
  it.each(refused)('%s', (_name, models, message) => {
    expect(() => compile(models)).toThrow(message);
  });
});

describe('compileModels', () => {
  it('tells both ends of a relation, and counts its field', () => {
    const { data, warnings } = compile({
      Note: loose({ count: ['title'] }),
      A: loose({ count: ['owner'], relations: { note: note('restrict') } }),
    });
    expect(data.models['A']).toMatchObject({
      counts: ['owner', 'noteId'],
      references: [{ model: 'Note', field: 'noteId', onDelete: 'restrict' }],
      referrers: [],
    });
    expect(data.models['Note']).toMatchObject({
      counts: ['title'],
      references: [],
      referrers: [{ model: 'A', field: 'noteId', onDelete: 'restrict' }],
    });
    expect(warnings.filter((warning) => warning.includes('count'))).toEqual([]);
  });

  it('finds the fields of the model in between, or takes those that are named', () => {
    const Link = loose({ relations: { a: belongsTo('Note', 'noteId'), b: belongsTo('Note', 'tagId') } });
    const NoteTag = loose({ relations: { note: belongsTo('Note', 'noteId'), tag: belongsTo('Tag', 'tagId') } });
    const Note = loose({
      relations: {
        tags: manyToMany('Tag', { through: 'NoteTag' }),
        linked: manyToMany('Note', { through: 'Link', from: 'tagId', to: 'noteId' }),
      },
    });
    expect(compile({ Note, Tag: plain, NoteTag, Link }).data.models['Note']?.relations).toMatchObject({
      tags: { from: 'noteId', to: 'tagId' },
      linked: { from: 'tagId', to: 'noteId' },
    });
  });

  it('warns of counters that every write meets in', () => {
    const { warnings } = compile({ Note: loose({ count: ['*', 'done', 'title'] }) });
    expect(warnings).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/Note\.count counts all records in one item: DynamoDB takes about 1,000 writes a second/),
        expect.stringMatching(/Note\.count counts the two values of done in two items/),
      ]),
    );
    expect(warnings.join()).not.toContain('title');
  });
});

describe('Data', () => {
  const synthData = (models: Models, props: Partial<DataProps> = {}) =>
    synth((stack) => {
      const api = new Api(stack, 'Api');
      return new Data(stack, 'Data', { api, auth: new Auth(stack, 'Auth', { api }), models, ...props });
    });
  const cascading = { Note: plain, A: loose({ relations: { note: note('cascade') } }), B: loose({ relations: { note: note('setNull') } }) };

  it('makes no function for deletes that nothing follows', () => {
    const { template, built } = synthData({ Note: plain, A: loose({ relations: { note: note('restrict') } }) });
    expect(built.deletions).toBeUndefined();
    template.resourceCountIs('AWS::Lambda::EventSourceMapping', 0);
  });

  it('finishes deletes by the stream of the table of constraints, and may do nothing else', () => {
    const { template } = synthData(cascading);
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      FilterCriteria: { Filters: [{ Pattern: Match.stringLikeRegexp('"prefix":"D#"') }] },
    });
    const granted = statementsOf(template).filter(({ policy }) => String(policy).includes('Deletions'));
    const actionsOn = (part: string) =>
      granted
        .filter(({ Resource }) => JSON.stringify(Resource).includes(part))
        .flatMap(({ Action }) => Action)
        .sort();
    expect(actionsOn('DataATable')).toEqual(['dynamodb:DeleteItem', 'dynamodb:Query']);
    expect(actionsOn('DataBTable')).toEqual(['dynamodb:PutItem', 'dynamodb:Query']);
    expect(actionsOn('DataNoteTable')).toEqual([]);
  });

  it('refuses a table of constraints without a stream, and takes one with', () => {
    const stack = emptyStack();
    const key = { name: 'pk', type: AttributeType.STRING };
    const api = new Api(stack, 'Api');
    const props = { api, auth: new Auth(stack, 'Auth', { api }), models: cascading };
    const mute = new Table(stack, 'Mute', { partitionKey: key });
    expect(() => new Data(stack, 'A', { ...props, constraintsTable: mute })).toThrow(/constraintsTable has no stream/);
    const heard = new Table(stack, 'Heard', { partitionKey: key, stream: StreamViewType.KEYS_ONLY });
    const otherApi = new Api(stack, 'OtherApi');
    expect(new Data(stack, 'B', { ...props, api: otherApi, constraintsTable: heard }).deletions).toBeDefined();
  });

  it('shows the warnings of counters', () => {
    const { stack } = synthData({ Note: loose({ count: ['*'] }) });
    Annotations.fromStack(stack).hasWarning('*', Match.stringLikeRegexp('counts all records in one item'));
  });
});
