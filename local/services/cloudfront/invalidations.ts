import { randomBytes } from 'node:crypto';
import { AwsError } from '../service.ts';

export interface Invalidation {
  readonly id: string;
  readonly callerReference: string;
  readonly paths: readonly string[];
  readonly createdAt: number;
}

/** "If you're using the * wildcard, you can have requests for up to 15 invalidation paths"; 3,000 files. */
const MAX_PATHS = 3_000;
const MAX_KEPT = 1_000;

/** The invalidations of one distribution. Locally each is done at once. */
export class Invalidations {
  readonly #all = new Map<string, Invalidation>();

  /** @returns the invalidation, and whether it is a new one: who sends a request again gets the first answer */
  add(
    { callerReference, paths }: Pick<Invalidation, 'callerReference' | 'paths'>,
    now: number,
  ): { invalidation: Invalidation; isNew: boolean } {
    if (callerReference === '') throw new AwsError('InvalidArgument', 'The parameter CallerReference is required.');
    if (paths.length === 0) throw new AwsError('InvalidArgument', 'Your request must contain at least one path.');
    if (paths.length > MAX_PATHS) throw new AwsError('BatchTooLarge', `An invalidation takes at most ${MAX_PATHS} paths.`, { status: 413 });
    const invalid = paths.find((path) => !path.startsWith('/') || path.slice(0, -1).includes('*'));
    if (invalid !== undefined)
      throw new AwsError('InvalidArgument', `Your request contains one or more invalid invalidation paths: ${invalid}`);
    const before = [...this.#all.values()].find((other) => other.callerReference === callerReference);
    if (before !== undefined) {
      if (JSON.stringify(before.paths) === JSON.stringify(paths)) return { invalidation: before, isNew: false };
      throw new AwsError('InvalidArgument', 'The CallerReference was used for other paths already.');
    }
    const invalidation = { id: `I${randomBytes(12).toString('hex').toUpperCase()}`, callerReference, paths, createdAt: now };
    this.#all.set(invalidation.id, invalidation);
    for (const oldest of this.#all.keys()) {
      if (this.#all.size <= MAX_KEPT) break;
      this.#all.delete(oldest);
    }
    return { invalidation, isNew: true };
  }

  /** @throws AwsError `NoSuchInvalidation` */
  get(id: string): Invalidation {
    const found = this.#all.get(id);
    if (found === undefined) throw new AwsError('NoSuchInvalidation', 'The specified invalidation does not exist.', { status: 404 });
    return found;
  }

  /** The newest first. */
  list(): readonly Invalidation[] {
    return [...this.#all.values()].reverse();
  }
}
