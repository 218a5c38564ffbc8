/** A file that came with an e-mail. It is not kept. */
export interface InboxAttachment {
  readonly filename: string;
  readonly type: string;
  readonly sizeBytes: number;
}

/** What the backend sent to people: it is kept here instead of leaving the machine. */
export interface InboxMessage {
  readonly id: string;
  readonly at: string;
  readonly channel: 'email' | 'sms' | 'push' | 'webhook';
  readonly to: string;
  readonly subject?: string;
  /** The text. */
  readonly body: string;
  /** What readers with HTML see of an e-mail. */
  readonly html?: string;
  /** Where mail programs post to when the recipient of an e-mail unsubscribes with one click. */
  readonly unsubscribeUrl?: string;
  readonly attachments?: readonly InboxAttachment[];
  /** The confirmation or reset code of the message, when it carries one. */
  readonly code?: string;
}

/** The newest messages of a run, newest first. */
export class Inbox {
  readonly #messages: InboxMessage[];
  readonly #limit: number;
  #lastId: number;

  /** @param earlier messages of earlier runs, newest first */
  constructor(limit = 1_000, earlier: readonly InboxMessage[] = []) {
    this.#limit = limit;
    this.#messages = earlier.slice(0, limit);
    this.#lastId = Number(earlier[0]?.id ?? 0);
  }

  deliver(message: Omit<InboxMessage, 'id'>): InboxMessage {
    this.#lastId += 1;
    const delivered = { id: String(this.#lastId), ...message };
    this.#messages.unshift(delivered);
    this.#messages.length = Math.min(this.#messages.length, this.#limit);
    return delivered;
  }

  /** The messages to one recipient, or all of them. */
  list(to?: string): readonly InboxMessage[] {
    return to === undefined ? [...this.#messages] : this.#messages.filter((message) => message.to === to);
  }

  clear(): void {
    this.#messages.length = 0;
  }
}
