import { idPattern, reservedIds } from '../../contracts/data.ts';
import { ApiError } from '../../contracts/errors.ts';

const pattern = new RegExp(idPattern);

/** Whether a text can be the id of a record. */
export const isRecordId = (value: unknown): value is string =>
  typeof value === 'string' && pattern.test(value) && !reservedIds.includes(value);

/** @throws ApiError `invalid_id` */
export const recordIdOf = (value: unknown): string => {
  if (isRecordId(value)) return value;
  throw new ApiError('invalid_id', 'An id has 1 to 64 letters, digits, - and _, and begins with a letter or digit.');
};
