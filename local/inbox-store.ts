import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { Inbox, type InboxMessage } from './inbox.ts';

const MAX_MESSAGES = 1_000;
const OWNER_ONLY = { mode: 0o600 };

/** An inbox in a file, one JSON line a message, so that a restart forgets no confirmation code. */
export class InboxStore extends Inbox {
  readonly #file: string;

  constructor(file: string) {
    super(MAX_MESSAGES, readMessages(file));
    this.#file = file;
  }

  override deliver(message: Omit<InboxMessage, 'id'>): InboxMessage {
    const delivered = super.deliver(message);
    appendFileSync(this.#file, `${JSON.stringify(delivered)}\n`, OWNER_ONLY);
    return delivered;
  }

  override clear(): void {
    super.clear();
    writeFileSync(this.#file, '', OWNER_ONLY);
  }
}

/** Reads the newest messages, newest first, and leaves only those in the file. */
function readMessages(file: string): InboxMessage[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  const kept = lines.slice(-MAX_MESSAGES).flatMap(parseMessage);
  writeFileSync(`${file}.next`, kept.map((message) => `${JSON.stringify(message)}\n`).join(''), OWNER_ONLY);
  renameSync(`${file}.next`, file);
  return kept.reverse();
}

/** A run that was killed while it wrote leaves half a line, of a message that nobody was told of. */
function parseMessage(line: string): InboxMessage[] {
  try {
    return [JSON.parse(line) as InboxMessage];
  } catch {
    return [];
  }
}
