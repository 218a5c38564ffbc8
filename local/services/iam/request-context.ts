/** Condition keys of a request with their values. */
export type ContextValues = Readonly<Record<string, string | readonly string[]>>;

/** The condition keys of a request. IAM does not look at the case of their names. */
export class RequestContext {
  readonly #values = new Map<string, readonly string[]>();

  constructor(values: ContextValues) {
    for (const [key, value] of Object.entries(values)) this.#values.set(key.toLowerCase(), typeof value === 'string' ? [value] : value);
  }

  /** All values of a key; a key without any is as good as missing. */
  values(key: string): readonly string[] | undefined {
    const values = this.#values.get(key.toLowerCase());
    return values?.length === 0 ? undefined : values;
  }

  /** The value of a key that has one; a key with several can't be a policy variable. */
  single(key: string): string | undefined {
    const values = this.values(key);
    return values?.length === 1 ? values[0] : undefined;
  }
}
