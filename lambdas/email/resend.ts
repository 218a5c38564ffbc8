import { variables } from '../../contracts/variables.ts';
import { MailDelayedError, MailRefusedError, mailbox, type SendMail, unsubscribeHeaders } from './mail.ts';
import { recordMail } from './record-mail.ts';
import { readSecret } from './secret-store.ts';

/** The key and its limits are the matter of whoever runs the backend: e-mails wait for that. */
const passing: ReadonlySet<number> = new Set([401, 403, 408, 409, 429]);

const originOf = (secret: Readonly<Record<string, unknown>>): string => {
  const { apiUrl } = secret;
  return process.env[variables.localMode] !== undefined && typeof apiUrl === 'string' ? apiUrl : 'https://api.resend.com';
};

/** By the API of Resend. */
export const sendMail: SendMail = async (mail) => {
  const secret = await readSecret();
  if (secret === undefined) return recordMail(mail);
  const { apiKey } = secret;
  if (typeof apiKey !== 'string') throw new MailDelayedError('the secret of Resend must hold JSON { "apiKey": text }');
  const { id, from, to, replyTo, subject, text, html, attachments, timeoutMs } = mail;
  const headers = unsubscribeHeaders(mail);
  const answer = await fetch(`${originOf(secret)}/emails`, {
    method: 'POST',
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', 'idempotency-key': id },
    body: JSON.stringify({
      from: mailbox(from),
      to: [to],
      ...(replyTo !== undefined && { reply_to: replyTo }),
      subject,
      text,
      html,
      ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
      attachments: attachments.map(({ filename, type, content }) => ({
        filename,
        content: Buffer.from(content).toString('base64'),
        content_type: type,
      })),
    }),
  });
  await answer.body?.cancel();
  if (answer.ok) return;
  if (answer.status >= 400 && answer.status < 500 && !passing.has(answer.status)) throw new MailRefusedError(`http_${answer.status}`);
  throw new MailDelayedError(`http_${answer.status}`);
};
