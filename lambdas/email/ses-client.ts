import { SESv2Client, SESv2ServiceException, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { MailDelayedError, MailRefusedError, mailbox, type SendMail, unsubscribeHeaders } from './mail.ts';

const configurationSet = requiredVariable(variables.emailConfigurationSet);
const client = new SESv2Client({
  // SES has no idempotency: what is repeated may be sent twice, so that only our own attempts are.
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 1_000, throwOnRequestTimeout: true },
});

/** SES looks at these e-mails and says no; the errors of accounts and limits it has beside them pass. */
const refusals: ReadonlySet<string> = new Set(['MessageRejected', 'BadRequestException']);

/** "Email address is not verified. The following identities failed the check in region …" is the same error, and the matter of an account. */
const isUnverified = ({ name, message }: SESv2ServiceException): boolean => name === 'MessageRejected' && / not verified/.test(message);

const content = (Data: string) => ({ Data, Charset: 'UTF-8' });

/** By SES v2. */
export const sendMail: SendMail = async ({ from, to, replyTo, subject, text, html, attachments, tags, timeoutMs, ...mail }) => {
  const headers = unsubscribeHeaders(mail);
  const command = new SendEmailCommand({
    FromEmailAddress: mailbox(from),
    Destination: { ToAddresses: [to] },
    ...(replyTo !== undefined && { ReplyToAddresses: [replyTo] }),
    Content: {
      Simple: {
        Subject: content(subject),
        Body: { ...(text !== undefined && { Text: content(text) }), ...(html !== undefined && { Html: content(html) }) },
        ...(headers.length > 0 && { Headers: headers.map(([Name, Value]) => ({ Name, Value })) }),
        ...(attachments.length > 0 && {
          Attachments: attachments.map(({ filename, type, content: bytes }) => ({
            FileName: filename,
            ContentType: type,
            RawContent: bytes,
            ContentTransferEncoding: 'BASE64' as const,
          })),
        }),
      },
    },
    EmailTags: Object.entries(tags).map(([Name, Value]) => ({ Name, Value })),
    ConfigurationSetName: configurationSet,
  });
  try {
    await client.send(command, { requestTimeout: timeoutMs });
  } catch (cause) {
    if (!(cause instanceof SESv2ServiceException) || !refusals.has(cause.name)) throw cause;
    if (isUnverified(cause))
      throw new MailDelayedError('an identity is not verified in SES, or the account is still in its sandbox', { cause });
    throw new MailRefusedError(cause.name, { cause });
  }
};
