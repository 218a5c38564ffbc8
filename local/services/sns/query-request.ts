import type { AwsRequest } from '../service.ts';

/** The parameters of a request in the query protocol: `Attributes.entry.1.key=a` becomes `{ Attributes: { entry: [{ key: 'a' }] } }`. */
export class QueryInput {
  readonly #values: ReadonlyMap<string, string>;

  constructor({ body, query }: Pick<AwsRequest, 'body' | 'query'>) {
    this.#values = new Map([...query, ...new URLSearchParams(body.toString())]);
  }

  text(name: string): string | undefined {
    return this.#values.get(name);
  }

  /** An empty text counts as nothing. */
  given(name: string): string | undefined {
    return this.#values.get(name) || undefined;
  }

  /** `name.entry.N.key` and `name.entry.N.value` */
  map(name: string): Record<string, string> {
    return Object.fromEntries(
      this.places(`${name}.entry`).map((place) => [this.text(`${place}.key`) ?? '', this.text(`${place}.value`) ?? '']),
    );
  }

  /** What `name.1.…`, `name.2.…` begin with, in their order. */
  places(name: string): string[] {
    const indexes = new Set<number>();
    for (const key of this.#values.keys()) {
      if (!key.startsWith(`${name}.`)) continue;
      const index = Number(key.slice(name.length + 1).split('.')[0]);
      if (Number.isInteger(index)) indexes.add(index);
    }
    return [...indexes].sort((one, other) => one - other).map((index) => `${name}.${index}`);
  }
}
