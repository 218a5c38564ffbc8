import { ApiError } from '../../contracts/errors.ts';

/** What `If-Match` asks for: any version of the record, or one of these. */
export type Precondition = 'any' | readonly number[];

const maxTags = 100;
/** RFC 9110, section 8.8.3: `entity-tag = [ "W/" ] DQUOTE *etagc DQUOTE`. */
const entityTagPattern = /^(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"$/;

const parseTags = (value: string): readonly { weak: boolean; text: string }[] | undefined => {
  const tags = value.split(',').map((tag) => entityTagPattern.exec(tag.trim()));
  if (tags.length > maxTags || tags.some((tag) => tag === null)) return undefined;
  return tags.map((tag) => ({ weak: tag?.[1] !== undefined, text: tag?.[2] ?? '' }));
};

const versionPattern = /^[1-9][0-9]{0,15}$/;

/**
 * Reads `If-Match` (RFC 9110, section 13.1.1). A weak tag, or one that is no version of ours, is well formed but matches nothing.
 *
 * @throws ApiError `invalid_precondition`, `precondition_required`
 */
export const parseIfMatch = (value: string | undefined, required: boolean): Precondition => {
  if (value === undefined) {
    if (!required) return 'any';
    throw new ApiError('precondition_required', 'Send If-Match with the ETag of the version that you have read.');
  }
  if (value.trim() === '*') return 'any';
  const tags = parseTags(value);
  if (tags === undefined) {
    throw new ApiError('invalid_precondition', 'If-Match must be * or a list of entity tags such as "3", quotes included.');
  }
  return tags.filter((tag) => !tag.weak && versionPattern.test(tag.text)).map((tag) => Number(tag.text));
};

/** Whether `If-None-Match` (RFC 9110, section 13.1.2, weak comparison) names the tag, so that 304 says enough. */
export const isNotModified = (value: string | undefined, entityTag: string): boolean => {
  if (value === undefined) return false;
  if (value.trim() === '*') return true;
  return value.split(',').some((tag) => tag.trim().replace(/^W\//, '') === entityTag);
};

/** @throws ApiError `version_mismatch` that tells the current version */
export const assertPrecondition = (precondition: Precondition, version: unknown): void => {
  if (precondition === 'any' || precondition.includes(Number(version))) return;
  throw new ApiError('version_mismatch', `It has changed: it is at version ${String(version)}. Read it again, then try again.`, {
    headers: { etag: `"${String(version)}"` },
  });
};
