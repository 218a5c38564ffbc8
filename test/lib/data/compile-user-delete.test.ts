import { z } from 'zod';
import { model } from '../../../contracts/model.ts';
import { compileModels } from '../../../lib/data/compile-models.ts';
import { userDeleteOrder } from '../../../lib/data/compile-user-delete.ts';
import { belongsTo } from '../../../lib/index.ts';

const compiled = (definition: object) =>
  compileModels(
    { Note: model({ fields: { title: z.string(), at: z.string().optional() }, access: (allow) => [allow.signedIn()], ...definition }) },
    ['admins'],
  ).data.models['Note'];

describe('onUserDelete of a model', () => {
  it('refuses other words', () => {
    expect(() => compiled({ onUserDelete: 'drop' })).toThrow("data.models.Note.onUserDelete is \"drop\": use 'keep' or 'delete'");
  });

  it('refuses an index of owners that lacks records', () => {
    expect(() => compiled({ onUserDelete: 'delete', indexes: { byOwner: ['owner', 'at'] } })).toThrow(
      'no index has all records of an owner',
    );
  });

  it('keeps by default, and without an index of owners', () => {
    expect(compiled({})).toMatchObject({ indexes: [] });
    expect(compiled({})).not.toHaveProperty('onUserDelete');
    expect(compiled({ onUserDelete: 'keep' })).not.toHaveProperty('onUserDelete');
  });

  it('has records found by the owner, also where no rule speaks of it', () => {
    expect(compiled({ onUserDelete: 'delete' })).toMatchObject({ onUserDelete: { index: 'byOwner' }, indexes: [{ name: 'byOwner' }] });
    expect(compiled({ onUserDelete: 'delete', indexes: { mine: ['owner', 'createdAt'] } })).toMatchObject({
      onUserDelete: { index: 'mine' },
    });
  });

  it('deletes those first that keep others from being deleted', () => {
    const access = () => [];
    const Note = model({ fields: { title: z.string() }, access, onUserDelete: 'delete' });
    const refers = { note: belongsTo('Note', 'noteId', { onDelete: 'restrict' }) };
    const Comment = model({
      fields: { noteId: z.string() },
      indexes: { byNote: ['noteId'] },
      relations: refers,
      access,
      onUserDelete: 'delete',
    });
    expect(userDeleteOrder(compileModels({ Note, Comment }, ['admins']).data.models)).toEqual(['Comment', 'Note']);
  });
});
