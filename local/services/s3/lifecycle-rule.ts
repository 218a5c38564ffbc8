import { listOf } from '../iam/policy-document.ts';

/** A rule of a bucket's `LifecycleConfiguration`, as far as it deletes something. */
export interface LifecycleRule {
  readonly prefix: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly largerThan: number;
  readonly smallerThan: number;
  readonly expireAfterDays: number | undefined;
  /** Milliseconds since the epoch. */
  readonly expireAt: number | undefined;
  readonly removesLoneMarkers: boolean;
  readonly noncurrentDays: number | undefined;
  readonly noncurrentKept: number;
  readonly abortAfterDays: number | undefined;
}

type Properties = Readonly<Record<string, unknown>>;

/** The enabled rules. Transitions to other storage classes change nothing that can be seen locally. */
export function readLifecycleRules(rules: unknown): readonly LifecycleRule[] {
  return listOf(rules as Properties | readonly Properties[] | undefined)
    .filter(({ Status }) => Status === 'Enabled')
    .map((rule) => {
      const noncurrent = (rule['NoncurrentVersionExpiration'] ?? {}) as Properties;
      const abort = (rule['AbortIncompleteMultipartUpload'] ?? {}) as Properties;
      const tags = listOf(rule['TagFilters'] as Properties | readonly Properties[] | undefined);
      const date = rule['ExpirationDate'];
      return {
        prefix: String(rule['Prefix'] ?? ''),
        tags: Object.fromEntries(tags.map(({ Key, Value }) => [String(Key), String(Value)])),
        largerThan: numberOf(rule['ObjectSizeGreaterThan']) ?? -1,
        smallerThan: numberOf(rule['ObjectSizeLessThan']) ?? Number.MAX_SAFE_INTEGER,
        expireAfterDays: numberOf(rule['ExpirationInDays']),
        expireAt: date === undefined ? undefined : Date.parse(String(date)),
        removesLoneMarkers: String(rule['ExpiredObjectDeleteMarker']) === 'true',
        noncurrentDays: numberOf(noncurrent['NoncurrentDays'] ?? rule['NoncurrentVersionExpirationInDays']),
        noncurrentKept: numberOf(noncurrent['NewerNoncurrentVersions']) ?? 0,
        abortAfterDays: numberOf(abort['DaysAfterInitiation']),
      };
    });
}

const numberOf = (value: unknown): number | undefined => (value === undefined ? undefined : Number(value));
