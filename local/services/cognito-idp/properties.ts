/** Typed reading of resolved CloudFormation properties, where `"8"` and `8`, `"true"` and `true` mean the same. */
export class Properties {
  readonly #record: Readonly<Record<string, unknown>>;

  constructor(value: unknown) {
    this.#record = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  }

  has(name: string): boolean {
    return this.#record[name] !== undefined;
  }

  optionalString(name: string): string | undefined {
    const value = this.#record[name];
    return typeof value === 'string' ? value : undefined;
  }

  string(name: string, fallback: string): string {
    return this.optionalString(name) ?? fallback;
  }

  optionalNumber(name: string): number | undefined {
    const value = this.#record[name];
    return typeof value === 'number' || (typeof value === 'string' && value !== '') ? Number(value) : undefined;
  }

  number(name: string, fallback: number): number {
    return this.optionalNumber(name) ?? fallback;
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.#record[name];
    return value === undefined ? fallback : value === true || value === 'true';
  }

  list(name: string, fallback: readonly string[] = []): readonly string[] {
    const value = this.#record[name];
    return Array.isArray(value) ? value.map(String) : fallback;
  }

  child(name: string): Properties {
    return new Properties(this.#record[name]);
  }

  children(name: string): readonly Properties[] {
    const value = this.#record[name];
    return Array.isArray(value) ? value.map((item) => new Properties(item)) : [];
  }

  /** The members that are strings. */
  strings(): Record<string, string> {
    return Object.fromEntries(Object.entries(this.#record).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  }
}
