import nodemailer from 'nodemailer';
import { MailDelayedError, MailRefusedError, type SendMail, unsubscribeHeaders } from './mail.ts';
import { recordMail } from './record-mail.ts';
import { readSecret } from './secret-store.ts';

/** SMTPS (RFC 8314, section 3.3). */
const implicitTlsPort = 465;
const timeoutMs = 10_000;

const isThisMachine = (host: string): boolean => host === '127.0.0.1' || host === 'localhost';

const serverOf = (secret: Readonly<Record<string, unknown>>) => {
  const { host, port, user, password } = secret;
  if (typeof host !== 'string' || typeof port !== 'number') {
    throw new MailDelayedError(
      'the secret of the mail server must hold JSON { "host": text, "port": number, "user": text, "password": text }',
    );
  }
  return {
    host,
    port,
    secure: port === implicitTlsPort,
    requireTLS: port !== implicitTlsPort && !isThisMachine(host),
    ...(typeof user === 'string' && { auth: { user, pass: String(password) } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    // No file and no URL can be meant by what a caller sends.
    disableFileAccess: true,
    disableUrlAccess: true,
  };
};

/** What nodemailer tells of a failure. */
interface SmtpFailure {
  readonly responseCode?: number;
  readonly code?: string;
  readonly command?: string;
}

/**
 * Replies of 5xx to the recipient or the message are for good (RFC 5321, section 4.2.1); those to a login or to whom it is from are
 * mended by a new secret or another setting.
 */
const isRefusal = ({ responseCode = 0, code, command }: SmtpFailure): boolean =>
  responseCode >= 500 && (code === 'EENVELOPE' || code === 'EMESSAGE') && command !== 'MAIL FROM';

/** Its words, as in `smtp_EAUTH_535`: texts of mail servers may hold addresses. */
const reasonOf = ({ code, responseCode }: SmtpFailure): string =>
  ['smtp', /^[A-Z0-9_]{1,40}$/.test(code ?? '') ? code : 'failed', responseCode].filter((part) => part !== undefined).join('_');

/** By a mail server. */
export const sendMail: SendMail = async (mail) => {
  const secret = await readSecret();
  if (secret === undefined) return recordMail(mail);
  const { id, from, to, replyTo, subject, text, html, attachments } = mail;
  const transport = nodemailer.createTransport(serverOf(secret));
  try {
    await transport.sendMail({
      from: { name: from.name ?? '', address: from.address },
      to: { name: '', address: to },
      ...(replyTo !== undefined && { replyTo: { name: '', address: replyTo } }),
      subject,
      text,
      html,
      // As it stands: a URL has no place at which a line could be folded.
      headers: unsubscribeHeaders(mail).map(([key, value]) => ({ key, value: { prepared: true, value } })),
      messageId: `<${id}@${from.address.split('@')[1]}>`,
      attachments: attachments.map(({ filename, type, content }) => ({ filename, contentType: type, content: Buffer.from(content) })),
    });
  } catch (cause) {
    const failure = cause as SmtpFailure;
    if (isRefusal(failure)) throw new MailRefusedError(`smtp_${failure.responseCode}`, { cause });
    throw new MailDelayedError(reasonOf(failure), { cause });
  } finally {
    transport.close();
  }
};
