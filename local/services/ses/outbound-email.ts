import PostalMime, { type Attachment as MimeAttachment } from 'postal-mime';
import type { InboxAttachment } from '../../inbox.ts';
import { AwsError } from '../service.ts';

/** An e-mail as the inbox shows it. */
export interface OutboundEmail {
  readonly from: string;
  readonly recipients: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  readonly unsubscribeUrl?: string;
  readonly attachments: readonly InboxAttachment[];
}

type Input = Readonly<Record<string, unknown>>;

/** "Service quotas in Amazon SES": 50 recipients, 40 MB after base64 encoding. */
const MAX_RECIPIENTS = 50;
const MAX_BYTES = 40 * 1_048_576;
const ADDRESS = /^[^\s<>@,;]+@[^\s<>@,;]+$/;

export const badRequest = (message: string): AwsError => new AwsError('BadRequestException', message);

const objectAt = (value: unknown): Input => (typeof value === 'object' && value !== null ? (value as Input) : {});
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The address of `Name <address>`. @throws AwsError `BadRequestException` for what is none, or could begin another header */
export const addressOf = (mailbox: unknown): string => {
  const text = String(mailbox ?? '');
  const address = /<([^<>]*)>\s*$/.exec(text)?.[1] ?? text;
  if (/[\r\n]/.test(text) || !ADDRESS.test(address)) throw badRequest("Missing final '@domain' or illegal address");
  return address;
};

const bytesOf = (base64: unknown): number => Buffer.from(String(base64 ?? ''), 'base64').length;

/** "MessageHeader", Name and Value. */
const HEADER_NAME = /^[!-9;-@A-~]{1,126}$/;
const HEADER_VALUE = /^[ -~]{1,870}$/;

const readHeaders = (headers: unknown): ReadonlyMap<string, string> => {
  return new Map(
    listOf(headers)
      .map(objectAt)
      .map(({ Name, Value }) => {
        if (!HEADER_NAME.test(String(Name ?? '')) || !HEADER_VALUE.test(String(Value ?? '')))
          throw badRequest(`Invalid header: ${String(Name)}`);
        return [String(Name).toLowerCase(), String(Value)];
      }),
  );
};

/** Where one click unsubscribes (RFC 8058, section 3.1): both headers must be there. */
const unsubscribeUrlOf = (headers: ReadonlyMap<string, string>): Pick<OutboundEmail, 'unsubscribeUrl'> => {
  const url = /<(https?:[^>]*)>/.exec(headers.get('list-unsubscribe') ?? '')?.[1];
  return url !== undefined && headers.get('list-unsubscribe-post') === 'List-Unsubscribe=One-Click' ? { unsubscribeUrl: url } : {};
};

const readSimple = (simple: Input): Pick<OutboundEmail, 'subject' | 'text' | 'html' | 'unsubscribeUrl' | 'attachments'> => {
  const { Subject, Body, Attachments, Headers } = simple;
  const subject = objectAt(Subject)['Data'];
  if (typeof subject !== 'string') throw badRequest('Missing required field: Subject');
  if (/[\r\n]/.test(subject)) throw badRequest('Header names and values cannot contain line breaks.');
  const text = objectAt(objectAt(Body)['Text'])['Data'];
  const html = objectAt(objectAt(Body)['Html'])['Data'];
  if (typeof text !== 'string' && typeof html !== 'string') throw badRequest('Missing required field: Body');
  return {
    subject,
    text: typeof text === 'string' ? text : '',
    ...(typeof html === 'string' && { html }),
    ...unsubscribeUrlOf(readHeaders(Headers)),
    attachments: listOf(Attachments).map((attachment) => {
      const { FileName, ContentType, RawContent } = objectAt(attachment);
      if (typeof FileName !== 'string') throw badRequest('Missing required field: FileName');
      return { filename: FileName, type: String(ContentType ?? 'application/octet-stream'), sizeBytes: bytesOf(RawContent) };
    }),
  };
};

const sizeOf = ({ content }: MimeAttachment): number => (typeof content === 'string' ? Buffer.byteLength(content) : content.byteLength);

const readRaw = async (data: unknown) => {
  const {
    subject = '',
    text = '',
    html,
    from,
    to = [],
    cc = [],
    headers,
    attachments,
  } = await PostalMime.parse(Buffer.from(String(data ?? ''), 'base64'));
  return {
    from: from?.address,
    recipients: [...to, ...cc].flatMap(({ address }) => (address === undefined ? [] : [address])),
    subject,
    text,
    ...(html !== undefined && { html }),
    ...unsubscribeUrlOf(new Map(headers.map(({ key, value }) => [key.toLowerCase(), value]))),
    attachments: attachments.map((each) => ({ filename: each.filename ?? '', type: each.mimeType, sizeBytes: sizeOf(each) })),
  };
};

const destinationsOf = (input: Input): readonly string[] => {
  const { ToAddresses, CcAddresses, BccAddresses } = objectAt(input['Destination']);
  return [...listOf(ToAddresses), ...listOf(CcAddresses), ...listOf(BccAddresses)].map(addressOf);
};

/**
 * Reads the body of `SendEmail`.
 *
 * @throws AwsError as SES does
 */
export const readOutboundEmail = async (input: Input, bodyBytes: number): Promise<OutboundEmail> => {
  if (bodyBytes > MAX_BYTES) throw badRequest('Message length is more than 41943040 bytes long.');
  const { Simple, Raw, Template } = objectAt(input['Content']);
  if (Template !== undefined) throw badRequest('Local mode has no templates of SES. Send the content as Simple or Raw.');
  const raw = Raw === undefined ? undefined : await readRaw(objectAt(Raw)['Data']);
  const content = raw ?? readSimple(objectAt(Simple));
  const named = destinationsOf(input);
  const recipients = named.length > 0 ? named : (raw?.recipients ?? []);
  if (recipients.length === 0) throw badRequest('Missing required field: Destination');
  if (recipients.length > MAX_RECIPIENTS) throw badRequest(`Recipient count exceeds ${MAX_RECIPIENTS}.`);
  return { ...content, from: addressOf(input['FromEmailAddress'] ?? raw?.from), recipients };
};
