import { z } from 'zod';
import type { ModelValidators } from '../../../contracts/compiled.ts';
import { model } from '../../../contracts/model.ts';
import { compileModels } from '../../../lib/data/compile-models.ts';
import { dataModule } from '../../../lib/data/data-module.ts';
import { loadModule } from '../../support/load-module.ts';

const Note = model({
  fields: {
    title: z.string().min(1),
    state: z.enum(['draft', 'published']).default('draft'),
    body: z.string().optional(),
    rating: z.int().nullable(),
    place: z.object({ city: z.string(), zip: z.string().optional(), country: z.string().default('CH') }).optional(),
    labels: z.record(z.string(), z.string()).default({}),
    folder: z.string().optional(),
  },
  indexes: { byFolder: ['folder'] },
  access: (allow) => [allow.owner()],
});

const compiled = compileModels({ Note }, ['admins']);
const exported = loadModule(dataModule(compiled));
const validators = exported['validators'] as { readonly Note: ModelValidators };

describe('dataModule', () => {
  it('exports the models as plain data', () => {
    expect(exported['data']).toEqual(JSON.parse(JSON.stringify(compiled.data)));
  });

  const whole = { title: 'a', rating: null };
  const refused: readonly (readonly [string, 'create' | 'replace' | 'update', unknown, string])[] = [
    ['a missing field', 'create', { rating: 1 }, 'required'],
    ['an unknown field', 'create', { ...whole, isAdmin: true }, 'additionalProperties'],
    ['an unknown field inside', 'create', { ...whole, place: { city: 'a', planet: 'b' } }, 'additionalProperties'],
    ['a system field', 'create', { ...whole, owner: 'me' }, 'additionalProperties'],
    ['an id that is no id', 'create', { ...whole, id: '../x' }, 'pattern'],
    ['null for an optional field', 'create', { ...whole, body: null }, 'type'],
    ['an empty text in the key of an index', 'create', { ...whole, folder: '' }, 'minLength'],
    ['a list in place of an object', 'create', [], 'type'],
    ['a missing field in a replacement', 'replace', { title: 'a' }, 'required'],
    ['null for a field that every record has', 'update', { title: null }, 'type'],
    ['null for a field with a default', 'update', { state: null }, 'type'],
    ['null for a required member', 'update', { place: { city: null } }, 'type'],
    ['an unknown field in a patch', 'update', { isAdmin: true }, 'additionalProperties'],
    ['a wrong value in a patch', 'update', { state: 'gone' }, 'enum'],
    ['an id in a patch', 'update', { id: 'abc' }, 'additionalProperties'],
  ];
  it.each(refused)('refuses %s', (_name, operation, value, keyword) => {
    const validate = validators.Note[operation];
    expect(validate(value)).toBe(false);
    expect(validate.errors?.map((error) => error.keyword)).toContain(keyword);
  });

  it('fills in defaults at creation and replacement only', () => {
    const [created, replaced, patched]: Record<string, unknown>[] = [
      { ...whole, place: { city: 'Bern' } },
      { ...whole },
      { place: { city: 'Bern' } },
    ];
    expect([validators.Note.create(created), validators.Note.replace(replaced), validators.Note.update(patched)]).toEqual([
      true,
      true,
      true,
    ]);
    expect(created).toEqual({ ...whole, state: 'draft', labels: {}, place: { city: 'Bern', country: 'CH' } });
    expect(replaced).toEqual({ ...whole, state: 'draft', labels: {} });
    expect(patched).toEqual({ place: { city: 'Bern' } });
  });

  it.each([
    [{}],
    [{ body: null }],
    [{ rating: null }],
    [{ place: null }],
    [{ place: { zip: null } }],
    [{ place: { zip: '3000' } }],
    [{ labels: { a: null, b: 'x' } }],
    [{ folder: null }],
  ])('takes the patch %j', (patch) => {
    expect(validators.Note.update(patch)).toBe(true);
  });
});
