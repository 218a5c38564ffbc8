/** What is sent along, with its bytes. */
export interface MailAttachment {
  readonly filename: string;
  readonly type: string;
  readonly content: Uint8Array;
}

/** One e-mail to one recipient, with everything filled in. */
export interface Mail {
  /** The same for each attempt, so that a service that knows it sends once. */
  readonly id: string;
  readonly from: { readonly name?: string; readonly address: string };
  readonly to: string;
  readonly replyTo?: string;
  readonly subject: string;
  readonly text?: string;
  readonly html?: string;
  /** Of this recipient. */
  readonly unsubscribeUrl?: string;
  readonly attachments: readonly MailAttachment[];
  /** What SES gives back with bounces and complaints. */
  readonly tags: Readonly<Record<string, string>>;
  /** How long the mail server may take. */
  readonly timeoutMs: number;
}

/**
 * Hands an e-mail to what sends it.
 *
 * @throws MailRefusedError where another attempt would end the same; any other error, as a MailDelayedError, is tried again
 */
export type SendMail = (mail: Mail) => Promise<void>;

/** The mail server will not send this e-mail. */
export class MailRefusedError extends Error {
  /** The server's word for it. It holds no address and no text. */
  readonly reason: string;

  constructor(reason: string, options?: { readonly cause?: unknown }) {
    super(`the e-mail was refused: ${reason}`, options);
    this.name = 'MailRefusedError';
    this.reason = reason;
  }
}

/** The e-mail could not be handed over now, and is tried again. */
export class MailDelayedError extends Error {
  /** Why, for whoever runs the backend: what the log and a record tell. It holds no address, no text and no key. */
  readonly reason: string;

  constructor(reason: string, options?: { readonly cause?: unknown }) {
    super(`the e-mail could not be handed over: ${reason}`, options);
    this.name = 'MailDelayedError';
    this.reason = reason;
  }
}

/** RFC 2047, with which every character may be in a name; a name of plain letters needs none of it. */
const encodedWord = (name: string): string => {
  // A word has 75 characters at most, so that a long name is several.
  const chunks = [...name].reduce<string[]>((words, character) => {
    const last = words.at(-1) ?? '';
    if (words.length > 0 && Buffer.byteLength(last + character) <= 42) words[words.length - 1] = last + character;
    else words.push(character);
    return words;
  }, []);
  return chunks.map((chunk) => `=?UTF-8?B?${Buffer.from(chunk).toString('base64')}?=`).join(' ');
};

/** `Name <address>` as headers take it. */
export const mailbox = ({ name, address }: Mail['from']): string => {
  if (name === undefined) return address;
  return /^[A-Za-z0-9 ]+$/.test(name) ? `${name} <${address}>` : `${encodedWord(name)} <${address}>`;
};

/** What has mail programs offer to unsubscribe with one click: they post to the URL (RFC 2369, section 3.2; RFC 8058, section 3.1). */
export const unsubscribeHeaders = ({
  unsubscribeUrl,
}: Pick<Mail, 'unsubscribeUrl'>): readonly (readonly [name: string, value: string])[] =>
  unsubscribeUrl === undefined
    ? []
    : [
        ['List-Unsubscribe', `<${unsubscribeUrl}>`],
        ['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'],
      ];
