import type { owners } from './callers.ts';
import { type Content, type FieldModel, fieldRules, type MatrixModel, namesOf, type RuledField } from './rules.ts';

/** A record that stands in a model's table while the matrix runs. */
export interface Standing {
  readonly id: string;
  readonly owner: (typeof owners)[number];
  readonly content: Content;
}

const layout = [
  { key: 'a', owner: 'owner', content: { title: 'Draft', state: 'draft', size: 3, tags: [] } },
  { key: 'b', owner: 'owner', content: { title: 'Sent', state: 'submitted', size: 7, tags: ['shared'], note: 'x' } },
  { key: 'c', owner: 'owner', content: { title: 'Public', state: 'published', size: 5, tags: ['x', 'shared'] } },
  { key: 'd', owner: 'disabled', content: { title: 'Public too', state: 'published', size: 9, tags: [], note: 'y' } },
  { key: 'e', owner: 'member', content: { title: 'pub', state: 'draft', size: 9, tags: ['shared'] } },
] as const satisfies readonly { key: string; owner: Standing['owner']; content: Content }[];

export type RecordKey = (typeof layout)[number]['key'];
export const recordKeys: readonly RecordKey[] = layout.map(({ key }) => key);

/** Clients may choose ids, so that all ids are known before anything runs. */
export const idOf = (model: MatrixModel, key: string): string => `${model}-${key}`;
export const hubId = 'hub';
export const pointerId = (key: RecordKey): string => `pointer-${key}`;

/** The standing records of a model. */
export const standingOf = (model: MatrixModel): readonly Standing[] =>
  layout.map(({ key, owner, content }) => ({ id: idOf(model, key), owner, content }));

/** The body that makes a record of a model with rules on records. */
export const contentBody = (id: string, content: Content): Readonly<Record<string, unknown>> => ({ ...content, slug: id, hubId });

/** The value of a ruled field: also the id of a hub, so that the field can be expanded. */
export const fieldValue = (id: string, field: RuledField): string => `${id}-${field}`;

/** The body that makes a record of a model with rules on fields. */
export const fieldsBody = (id: string, fields: readonly RuledField[] = namesOf(fieldRules)): Readonly<Record<string, unknown>> => ({
  name: id,
  ...Object.fromEntries(fields.map((field) => [field, fieldValue(id, field)])),
});

/** The records of field models that fields are tried on: one of the owner's, one of somebody else's. */
export const fieldRecordsOf = (model: FieldModel): readonly Standing[] => standingOf(model).filter(({ id }) => /-[ae]$/.test(id));
