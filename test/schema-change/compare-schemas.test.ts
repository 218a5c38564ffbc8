import { z } from 'zod';
import type { Models } from '../../contracts/backend.ts';
import { type Fields, type ModelDefinition, model } from '../../contracts/model.ts';
import { compileModels } from '../../lib/data/compile-models.ts';
import { withAwaited } from '../../lib/data/with-awaited.ts';
import type { BackendSchema, ModelSchema } from '../../lib/schema-change/backend-schema.ts';
import { compareSchemas } from '../../lib/schema-change/compare-schemas.ts';

const fields = {
  title: z.string().max(100),
  state: z.enum(['draft', 'published']).default('draft'),
  size: z.int().min(0).max(10).default(0),
  body: z.string().optional(),
  meta: z.object({ tags: z.array(z.string().max(10)).max(3), depth: z.int().optional() }).optional(),
};

type Change = Partial<ModelDefinition<Fields>>;

const note = (change: Change = {}): ReturnType<typeof model> =>
  model({
    fields,
    unique: [],
    indexes: { byState: ['state', 'createdAt'] },
    access: (allow) => [allow.owner()],
    ...change,
  } as ModelDefinition<Fields>);

const schemaOf = (models: Models, accepted: Readonly<Record<string, ModelSchema>> = {}): BackendSchema => ({
  models: withAwaited(compileModels(models, ['admins']), models, accepted).schemas,
  resources: {},
});

const accepted = schemaOf({ Note: note() });

const changesTo = (models: Models, from = accepted) => compareSchemas(from, schemaOf(models, from.models));
const withField = (name: string, type: z.ZodType) => ({ Note: note({ fields: { ...fields, [name]: type } }) });
const without = (name: keyof typeof fields): Fields => Object.fromEntries(Object.entries(fields).filter(([field]) => field !== name));

describe('compareSchemas', () => {
  it.each<[name: string, models: Models, refusal: string]>([
    ['a model that is gone', { Memo: note() }, 'drop-model:Note'],
    ['a field that is gone', { Note: note({ fields: without('body') }) }, 'drop-field:Note.body'],
    ['a new required field', withField('slug', z.string()), 'require-field:Note.slug'],
    ['an optional field that is required', withField('body', z.string()), 'require-field:Note.body'],
    ['another type', withField('size', z.string().default('0')), 'narrow-field:Note.size'],
    ['a number that must be whole', withField('size', z.number().max(9)), 'narrow-field:Note.size'],
    ['fewer values of an enum', withField('state', z.enum(['draft']).default('draft')), 'narrow-field:Note.state'],
    ['a text that becomes an enum', withField('title', z.enum(['a', 'b'])), 'narrow-field:Note.title'],
    ['a lower limit', withField('title', z.string().max(99)), 'narrow-field:Note.title'],
    ['a new least length', withField('title', z.string().min(1).max(100)), 'narrow-field:Note.title'],
    [
      'a new pattern',
      withField(
        'title',
        z
          .string()
          .max(100)
          .regex(/^[a-z]+$/),
      ),
      'narrow-field:Note.title',
    ],
    [
      'shorter items of a list in an object',
      withField('meta', z.object({ tags: z.array(z.string().max(9)).max(3), depth: z.int().optional() }).optional()),
      'narrow-field:Note.meta',
    ],
    [
      'a required member of an object',
      withField('meta', z.object({ tags: z.array(z.string().max(10)).max(3), depth: z.int() }).optional()),
      'narrow-field:Note.meta',
    ],
    ['an index that is gone', { Note: note({ indexes: {} }) }, 'drop-index:Note.byState'],
    ['an index of other fields', { Note: note({ indexes: { byState: ['state', 'size'] } }) }, 'change-index:Note.byState'],
    [
      'a renamed field that is not called so',
      { Note: note({ fields: { ...without('title'), headline: fields.title } }) },
      'drop-field:Note.title',
    ],
  ])('refuses %s', (_name, models, refusal) => {
    const refused = changesTo(models).filter(({ isRefused }) => isRefused);
    expect(refused.map(({ name }) => name)).toContain(refusal);
    for (const { what, advice } of refused) expect(`${what}. ${advice}`).toMatch(/^[a-zA-Z].{20,}\.$/);
  });

  it.each<[name: string, models: Models, change: string, backfill: string | undefined]>([
    ['a new model', { Note: note(), Memo: note() }, 'add-model:Memo', undefined],
    ['a new optional field', withField('slug', z.string().optional()), 'add-field:Note.slug', undefined],
    [
      'a new field with a default',
      withField('hidden', z.boolean().default(false)),
      'add-field:Note.hidden',
      'plinth data backfill records --model Note',
    ],
    [
      'a default for an optional field',
      withField('body', z.string().default('')),
      'default-field:Note.body',
      'plinth data backfill records --model Note',
    ],
    ['a required field that becomes optional', withField('title', z.string().max(100).optional()), 'optional-field:Note.title', undefined],
    [
      'a new index of plain fields',
      { Note: note({ indexes: { byState: ['state', 'createdAt'], byTitle: ['title'] } }) },
      'add-index:Note.byTitle',
      undefined,
    ],
    [
      'a new index of several sort fields',
      { Note: note({ indexes: { byState: ['state', 'createdAt'], bySize: ['state', 'size', 'createdAt'] } }) },
      'add-index:Note.bySize',
      'plinth data backfill records --model Note',
    ],
    [
      'a new unique field',
      { Note: note({ unique: ['title'] }) },
      'add-unique:Note.title',
      'plinth data backfill unique --model Note --field title',
    ],
    ['a new counter', { Note: note({ count: ['state'] }) }, 'add-count:Note.state', 'plinth data backfill counts --model Note'],
    ['a renamed model', { Memo: note({ previously: 'Note' }) }, 'rename-model:Memo', undefined],
    [
      'a renamed field with its index',
      {
        Note: note({
          fields: { ...without('state'), status: fields.state },
          indexes: { byState: ['status', 'createdAt'] },
          previously: { fields: { status: 'state' } },
        }),
      },
      'rename-field:Note.status',
      undefined,
    ],
  ])('lets %s pass', (_name, models, change, backfill) => {
    const changes = changesTo(models);
    expect(changes.filter(({ isRefused }) => isRefused)).toEqual([]);
    expect(changes.map(({ name }) => name)).toContain(change);
    expect(changes.find(({ name }) => name === change)?.backfill).toBe(backfill);
  });

  it.each<[name: string, models: Models]>([
    ['a higher limit', withField('title', z.string().max(101))],
    ['no limit', withField('body', z.string().optional())],
    ['more values of an enum', withField('state', z.enum(['draft', 'published', 'archived']).default('draft'))],
    ['any number in place of whole ones', withField('size', z.number().min(0).max(10).default(0))],
    ['null as a further value', withField('title', z.string().max(100).nullable())],
    ['trimmed texts', withField('title', z.string().trim().max(100))],
    ['other rules', { Note: note({ access: (allow) => [allow.owner(), allow.group('admins')] }) }],
    ['nothing', { Note: note() }],
  ])('finds nothing to say of %s', (_name, models) => {
    expect(changesTo(models)).toEqual([]);
  });

  it('asks for the first name of what is renamed once more', () => {
    const once = schemaOf({ Memo: note({ previously: 'Note' }) }, accepted.models);
    const [change] = changesTo({ Entry: note({ previously: 'Memo' }) }, once);
    expect(change).toMatchObject({ name: 'drop-model:Memo', isRefused: true, advice: "Write the first name: previously: 'Note'." });
    expect(changesTo({ Entry: note({ previously: 'Note' }) }, once).map(({ name }) => name)).toEqual(['rename-model:Entry']);
  });

  it('remembers what old records lack until the field is gone, also under a new name', () => {
    const hidden = { ...fields, hidden: z.boolean().default(false) };
    const first = schemaOf({ Note: note({ fields: hidden }) }, accepted.models);
    expect(first.models['Note']?.awaited).toEqual({ fields: ['hidden'], indexes: [], unique: [], counts: [] });
    const second = schemaOf(
      {
        Note: note({
          fields: { ...fields, secret: hidden.hidden },
          indexes: { byState: ['state'], byDoor: ['secret'] },
          previously: { fields: { secret: 'hidden' } },
        }),
      },
      first.models,
    );
    expect(second.models['Note']?.awaited).toEqual({ fields: ['secret'], indexes: ['byDoor'], unique: [], counts: [] });
    expect(schemaOf({ Note: note() }, second.models).models['Note']?.awaited).toBeUndefined();
  });

  it('refuses a resource that would be dropped, moved or replaced', () => {
    const table = { type: 'AWS::DynamoDB::Table', holds: 'the records of Note', immutable: { KeySchema: ['id'] } };
    const pool = { type: 'AWS::Cognito::UserPool', holds: 'Auth/UserPool, a user pool', immutable: { UsernameAttributes: ['email'] } };
    const before: BackendSchema = { ...accepted, resources: { NoteTable: table, Pool: pool } };
    const names = (resources: BackendSchema['resources']) => compareSchemas(before, { ...accepted, resources }).map(({ name }) => name);
    expect(names({ NoteTable: table, Pool: pool })).toEqual([]);
    expect(names({ NoteTable: table })).toEqual(['drop-resource:Pool']);
    expect(names({ OtherTable: table, Pool: pool })).toEqual(['drop-resource:NoteTable']);
    expect(names({ NoteTable: { ...table, immutable: { KeySchema: ['pk'] } }, Pool: pool })).toEqual(['replace-resource:NoteTable']);
    expect(names({ NoteTable: table, Pool: { ...pool, immutable: { UsernameAttributes: ['phone_number'] } } })).toEqual([
      'replace-resource:Pool',
    ]);
  });
});
