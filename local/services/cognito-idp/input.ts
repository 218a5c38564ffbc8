import { failures } from './failures.ts';

type JsonRecord = Readonly<Record<string, unknown>>;

/** AWS's word for a JSON value that stands where a string is due. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) {
    return 'Start of list found where not expected.';
  }
  if (typeof value === 'object') {
    return 'Start of structure or map found where not expected.';
  }
  return `${typeof value === 'number' ? 'NUMBER' : String(value).toUpperCase()}_VALUE can not be converted to a String`;
}

function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function constraint(value: string, name: string, rule: string) {
  const member = name.charAt(0).toLowerCase() + name.slice(1);
  return failures.invalidParameter(
    `1 validation error detected: Value ${value} at '${member}' failed to satisfy constraint: Member must ${rule}`,
  );
}

/**
 * The parameters of one request. Every reader checks the JSON type first, so that an object or an array where a
 * string is due ends as `SerializationException` before anything is looked up.
 */
export class Input {
  readonly #record: JsonRecord;

  constructor(record: JsonRecord) {
    this.#record = record;
  }

  static parse(body: Buffer): Input {
    let parsed: unknown;
    try {
      parsed = JSON.parse(body.toString('utf8') || '{}');
    } catch (cause) {
      throw Object.assign(failures.serialization('Could not parse the request body as JSON'), { cause });
    }
    if (!isRecord(parsed)) {
      throw failures.serialization('Start of list found where not expected.');
    }
    return new Input(parsed);
  }

  has(name: string): boolean {
    return this.#get(name) !== undefined;
  }

  /** @throws AwsError `InvalidParameterException` when the member is missing, empty or longer than `max` characters. */
  string(name: string, max = 2_048): string {
    const value = this.optionalString(name, max);
    if (value === undefined) {
      throw constraint('null', name, 'not be null');
    }
    if (value === '') {
      throw constraint("''", name, 'have length greater than or equal to 1');
    }
    return value;
  }

  optionalString(name: string, max = 2_048): string | undefined {
    const value = this.#get(name);
    if (value === undefined) {
      return undefined;
    }
    if (typeof value !== 'string') {
      throw failures.serialization(kindOf(value));
    }
    if (value.length > max) {
      // The value itself is left out: it may be a password or a token.
      throw constraint('', name, `have length less than or equal to ${max}`);
    }
    return value;
  }

  boolean(name: string): boolean {
    const value = this.#get(name) ?? false;
    if (typeof value !== 'boolean') {
      throw failures.serialization(kindOf(value).replace('a String', 'a Boolean'));
    }
    return value;
  }

  /** An integer, or undefined. @throws AwsError when it lies outside of the range. */
  integer(name: string, range: { min: number; max: number }): number | undefined {
    const value = this.#get(name);
    if (value === undefined) {
      return undefined;
    }
    if (typeof value !== 'number' || !Number.isInteger(value)) {
      throw failures.serialization(kindOf(value).replace('a String', 'an Integer'));
    }
    if (value > range.max) {
      throw constraint(`'${value}'`, name, `have value less than or equal to ${range.max}`);
    }
    if (value < range.min) {
      throw constraint(`'${value}'`, name, `have value greater than or equal to ${range.min}`);
    }
    return value;
  }

  strings(name: string): readonly string[] {
    return this.#list(name).map((value) => {
      if (typeof value !== 'string') {
        throw failures.serialization(kindOf(value));
      }
      return value;
    });
  }

  structure(name: string): Input | undefined {
    const value = this.#get(name);
    if (value === undefined) {
      return undefined;
    }
    if (!isRecord(value)) {
      throw failures.serialization(Array.isArray(value) ? kindOf(value) : 'Expected structure or null');
    }
    return new Input(value);
  }

  /** A map of strings such as `AuthParameters` or `ClientMetadata`; empty when absent. */
  stringMap(name: string): Readonly<Record<string, string>> {
    const structure = this.structure(name);
    const keys = structure === undefined ? [] : Object.keys(structure.#record);
    return Object.fromEntries(keys.map((key) => [key, structure?.optionalString(key, 131_072) ?? '']));
  }

  /** A list of `{ Name, Value }` as an object; undefined when the member is absent. */
  attributes(name: string): Readonly<Record<string, string>> | undefined {
    if (!this.has(name)) {
      return undefined;
    }
    const entries = this.#list(name).map((item): [string, string] => {
      if (!isRecord(item)) {
        throw failures.serialization('Expected structure or null');
      }
      const attribute = new Input(item);
      return [attribute.string('Name', 32), attribute.optionalString('Value') ?? ''];
    });
    return Object.fromEntries(entries);
  }

  #list(name: string): readonly unknown[] {
    const value = this.#get(name) ?? [];
    if (!Array.isArray(value)) {
      throw failures.serialization('Expected list or null');
    }
    return value;
  }

  #get(name: string): unknown {
    return Object.hasOwn(this.#record, name) ? (this.#record[name] ?? undefined) : undefined;
  }
}
