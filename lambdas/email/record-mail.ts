import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';
import type { SendMail } from './mail.ts';

/** In local mode, where no secret tells of a mail server: puts the e-mail into the inbox. */
export const recordMail: SendMail = async ({ to, subject, text, html, unsubscribeUrl, attachments }) => {
  const message = {
    channel: 'email',
    to,
    subject,
    body: text ?? '',
    ...(html !== undefined && { html }),
    ...(unsubscribeUrl !== undefined && { unsubscribeUrl }),
    attachments: attachments.map(({ filename, type, content }) => ({ filename, type, sizeBytes: content.length })),
  };
  const answer = await fetch(requiredVariable(variables.recorder), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(message),
  });
  if (!answer.ok) throw new Error(`the recorder answered ${answer.status}`);
};
