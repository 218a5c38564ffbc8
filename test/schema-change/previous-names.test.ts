import { z } from 'zod';
import { type ModelDefinition, model, type PreviousNames } from '../../contracts/model.ts';
import { compileModels } from '../../lib/data/compile-models.ts';

const fields = { title: z.string(), body: z.string().optional() };
const note = (previously?: string | PreviousNames) =>
  model({ fields, access: (allow) => [allow.owner()], ...(previously !== undefined && { previously }) } as ModelDefinition<typeof fields>);
const compile = (models: Parameters<typeof compileModels>[0]) => compileModels(models, ['admins']).data.models;

describe('previously', () => {
  it.each<[models: Parameters<typeof compileModels>[0], error: string]>([
    [{ Note: note('Note') }, "is the model's own name"],
    [{ Note: note('Memo'), Memo: note() }, 'would both be stored as Memo'],
    [{ Note: note({ fields: { heading: 'title' } }) }, 'names the field "heading", which the model does not have'],
    [{ Note: note({ fields: { title: 'title' } }) }, 'is its own name'],
    [{ Note: note({ fields: { title: 'body' } }) }, 'where title is stored'],
    [{ Note: note({ fields: { title: 'version' } }) }, 'where version is stored'],
    [{ Note: note({ fields: { title: 'a.b' } }) }, 'give the name under which it was first stored'],
    [{ Note: note({ field: { title: 'a' } } as PreviousNames) }, 'the prop "field", which does not exist'],
  ])('refuses %j', (models, error) => {
    expect(() => compile(models)).toThrow(error);
  });

  it('lets two fields change places', () => {
    const { Note } = compile({ Note: note({ fields: { title: 'body', body: 'title' } }) });
    expect(Note?.fields).toMatchObject({ title: { storedAs: 'body' }, body: { storedAs: 'title' } });
  });

  it('takes a text for the name of the model', () => {
    expect(compile({ Note: note('Memo') })['Note']).toMatchObject({ name: 'Note', storedAs: 'Memo' });
    expect(compile({ Note: note() })['Note']).not.toHaveProperty('storedAs');
  });
});
