import type { EmailContent, QueuedAttachment } from '../../contracts/email-table.ts';

/** Bytes of base64 in an e-mail: lines of 76 characters (RFC 2045, section 6.8), each with its end. */
const inLines = (base64Bytes: number): number => base64Bytes + 2 * Math.ceil(base64Bytes / 76);

const encodedAttachment = (attachment: QueuedAttachment): number =>
  inLines('key' in attachment ? 4 * Math.ceil(attachment.sizeBytes / 3) : attachment.contentBase64.length);

/** Bytes of an e-mail with this content, but for its headers. */
export const encodedBytesOf = ({ text = '', html = '', attachments = [] }: EmailContent): number =>
  attachments.reduce((sum, attachment) => sum + encodedAttachment(attachment), Buffer.byteLength(text) + Buffer.byteLength(html));
