import { readBytes } from '@compiled/email-transport';
import type { QueuedAttachment } from '../../contracts/email-table.ts';
import { type MailAttachment, MailDelayedError, MailRefusedError } from './mail.ts';

const load = async (attachment: QueuedAttachment): Promise<MailAttachment> => {
  const { filename, type = 'application/octet-stream' } = attachment;
  if (!('key' in attachment)) return { filename, type, content: Buffer.from(attachment.contentBase64, 'base64') };
  if (readBytes === undefined) throw new MailDelayedError('the definition of e-mail has no attachFrom any more');
  const content = await readBytes(attachment.key);
  if (content === undefined) throw new MailRefusedError('attachment_gone');
  return { filename, type, content };
};

/**
 * Attachments with their bytes.
 *
 * @throws MailRefusedError where a file has been deleted or replaced
 */
export const loadAttachments = (attachments: readonly QueuedAttachment[] = []): Promise<readonly MailAttachment[]> =>
  Promise.all(attachments.map(load));
