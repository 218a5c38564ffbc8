/** What an answer is made of. */
export interface ReplyOptions {
  /** 200 to 599. @default 200, or 204 without a body */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * A text is sent as it is, by default as `text/plain`; bytes (`Uint8Array`, `Buffer`) by default as `application/octet-stream`;
   * anything else as JSON.
   *
   * @default none
   */
  readonly body?: unknown;
}

/** An answer to an `http` trigger with a status and headers. Made by {@link reply}. */
export class Reply {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;

  constructor({ status, headers, body }: ReplyOptions) {
    this.status = status;
    this.headers = headers ?? {};
    this.body = body;
  }
}

/**
 * Answers an `http` trigger with a status or headers of its own.
 *
 * @example
 * ```ts
 * return reply({ status: 303, headers: { location: session.url } });
 * ```
 */
export const reply = (options: ReplyOptions): Reply => new Reply(options);
