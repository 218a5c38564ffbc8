import { s3Error } from './s3-error.ts';
import type { Tags } from './storage/version.ts';
import { childrenOf, parseXml, textOf } from './xml.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
const MAX_TAGS = 10;
const MAX_KEY_LENGTH = 128;
const MAX_VALUE_LENGTH = 256;
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/**
 * Reads the header `x-amz-tagging`.
 *
 * @throws AwsError `InvalidArgument`, `InvalidTag`
 */
export function tagsOfHeader(header: string | undefined): Tags {
  return header === undefined ? {} : checked([...new URLSearchParams(header)]);
}

/**
 * Reads a `Tagging` document.
 *
 * @throws AwsError `MalformedXML`, `InvalidTag`
 */
export function tagsOfXml(source: string): Tags {
  const [set] = childrenOf(parseXml(source, 'Tagging'), 'TagSet');
  if (set === undefined) throw s3Error('MalformedXML');
  return checked(
    childrenOf(set, 'Tag').map((tag): [string, string] => {
      const [key, value] = [textOf(tag, 'Key'), textOf(tag, 'Value')];
      if (key === undefined || value === undefined) throw s3Error('MalformedXML');
      return [key, value];
    }),
  );
}

function checked(pairs: readonly (readonly [string, string])[]): Tags {
  if (pairs.length > MAX_TAGS) throw s3Error('InvalidTag', 'Object tags cannot be greater than 10');
  const tags = Object.fromEntries(pairs);
  if (Object.keys(tags).length < pairs.length) throw s3Error('InvalidTag', 'Cannot provide multiple Tags with the same key');
  for (const [key, value] of pairs) {
    if (key === '' || key.length > MAX_KEY_LENGTH || !ALLOWED.test(key))
      throw s3Error('InvalidTag', 'The TagKey you have provided is invalid');
    if (value.length > MAX_VALUE_LENGTH || !ALLOWED.test(value)) throw s3Error('InvalidTag', 'The TagValue you have provided is invalid');
  }
  return tags;
}

/** The condition keys that tell of the tags that a request brings. */
export const requestTagContext = (tags: Tags): Record<string, string | string[]> => ({
  ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`s3:RequestObjectTag/${key}`, value])),
  ...(Object.keys(tags).length > 0 && { 's3:RequestObjectTagKeys': Object.keys(tags) }),
});

/** The condition keys that tell of the tags that an object has. */
export const existingTagContext = (tags: Tags = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`s3:ExistingObjectTag/${key}`, value]));
