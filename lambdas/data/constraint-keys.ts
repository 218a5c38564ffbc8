import { createHash } from 'node:crypto';
import type { CompiledModel } from '../../contracts/compiled.ts';

/** Values up to this many bytes are part of the key as they are; longer ones by their hash, since a key has 2,048 bytes at the most. */
const maxPlainBytes = 1_024;

/** The sign before the value keeps a hash from ever equalling a plain value. */
const valuePart = (value: unknown): string => {
  const text = String(value);
  return Buffer.byteLength(text) <= maxPlainBytes ? `=${text}` : `~${createHash('sha256').update(text).digest('base64url')}`;
};

/** The count of all records of a model. */
export const allRecords = '*';

const fieldName = (model: CompiledModel, field: string): string =>
  (Object.hasOwn(model.fields, field) ? model.fields[field]?.storedAs : undefined) ?? field;

/** The key of the record that holds a unique value. A renamed model and field keep their keys. */
export const uniqueKey = (model: CompiledModel, field: string, value: unknown): string =>
  `U#${model.storedAs ?? model.name}#${fieldName(model, field)}#${valuePart(value)}`;

/** The key of the counter of one value, or of all records. A renamed model and field keep their keys. */
export const counterKey = (model: CompiledModel, field: string, value: unknown): string => {
  const start = `C#${model.storedAs ?? model.name}#`;
  return field === allRecords ? `${start}*` : `${start}${fieldName(model, field)}#${valuePart(value)}`;
};

/** What a backfill brings to the records that were stored before a change. */
export type BackfillSubject = 'field' | 'index' | 'unique' | 'count';

/** The key of the record that says that a backfill is done, or how far it is. */
export const backfillKey = (model: CompiledModel, subject: BackfillSubject, name: string): string =>
  `B#${model.storedAs ?? model.name}#${subject}#${subject === 'index' ? name : fieldName(model, name)}`;
