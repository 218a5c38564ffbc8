/** Shorter values can't be told from words. */
const MIN_LENGTH = 6;
/** Of parts of a value: a user's name beside a password is no secret. */
const MIN_PART_LENGTH = 12;
const TOKEN = /\beyJ[\w-]{8,}\.[\w-]{2,}\.[\w-]*/g;

/** Takes secrets and tokens out of texts that people read. */
export class Redactor {
  #sources: () => readonly (readonly string[])[] = () => [];
  #known: readonly (readonly string[])[] = [];
  #pattern: RegExp | undefined;

  /** @param sources the secrets of the run; a list that has changed is another array */
  watch(sources: () => readonly (readonly string[])[]): void {
    this.#sources = sources;
  }

  redact(text: string): string {
    const lists = this.#sources();
    if (lists.length !== this.#known.length || lists.some((list, index) => list !== this.#known[index])) {
      this.#known = lists;
      this.#pattern = patternOf(lists.flat());
    }
    const withoutTokens = text.includes('eyJ') ? text.replace(TOKEN, '[token]') : text;
    return this.#pattern === undefined ? withoutTokens : withoutTokens.replace(this.#pattern, '[secret]');
  }
}

function patternOf(secrets: readonly string[]): RegExp | undefined {
  const texts = new Set(
    secrets.filter(({ length }) => length >= MIN_LENGTH).flatMap((secret) => [secret, ...partsOf(secret)].flatMap(spellings)),
  );
  if (texts.size === 0) return undefined;
  // The longest first: one may begin with another.
  const sorted = [...texts].sort((one, other) => other.length - one.length);
  return new RegExp(sorted.map((text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g');
}

/** Members of a JSON object, and lines of a key, are printed alone, too. */
function partsOf(secret: string): readonly string[] {
  return [...membersOf(secret), ...secret.split(/\r?\n/)].filter((part) => part !== secret && part.length >= MIN_PART_LENGTH);
}

function membersOf(secret: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(secret);
    return typeof value === 'object' && value !== null ? Object.values(value).filter((member) => typeof member === 'string') : [];
  } catch {
    return [];
  }
}

/** As it is, as it looks inside of JSON, and as a part of a URL. */
const spellings = (text: string): readonly string[] => [text, JSON.stringify(text).slice(1, -1), encodeURIComponent(text.toWellFormed())];
