/** One HTTP request of the load, ready to send. */
export interface LoadRequest {
  readonly method: 'GET' | 'POST';
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What the load consists of. */
export const operations = ['create', 'get', 'list'] as const;

export type Operation = (typeof operations)[number];

/** Records on a page. */
export const PAGE_SIZE = 20;

/** As long as a note usually is. The same for both backends. */
export const NOTE_TEXT = 'A note of the usual length, a line or two of text.';

/** Somebody who has logged in. */
export interface Member {
  create(text: string): LoadRequest;
  get(id: string): LoadRequest;
  /** The newest records of this person, a page of {@link PAGE_SIZE}. */
  list(): LoadRequest;
}

/** A backend that runs in processes of its own. */
export interface Target {
  readonly name: string;
  readonly baseUrl: string;
  /** The processes that do its work, without their children. */
  readonly pids: readonly number[];
  /** Registers somebody and logs in. */
  join(): Promise<Member>;
  /** Identifier of the record in the answer to a create or a get. */
  idOf(record: Readonly<Record<string, unknown>>): string;
  /** Records of the answer to a list. */
  recordsOf(page: Readonly<Record<string, unknown>>): readonly Readonly<Record<string, unknown>>[];
  stop(): Promise<void>;
}
