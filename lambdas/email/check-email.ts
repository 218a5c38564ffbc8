import { email, templateValidators } from '@compiled/email';
import { type EmailRecipient, emailLimits } from '../../contracts/email.ts';
import type { CompiledTemplate } from '../../contracts/email-options.ts';
import type { EmailRequest } from '../../contracts/email-schemas.ts';
import type { EmailContent } from '../../contracts/email-table.ts';
import { ApiError, type FieldError } from '../../contracts/errors.ts';
import { escapePointer } from '../runtime/json-pointer.ts';
import type { ApiRequest } from '../runtime/request.ts';
import { validateBody, validationError } from '../runtime/validate-body.ts';
import { encodedBytesOf } from './email-size.ts';
import { findAttachments } from './find-attachments.ts';
import { placesOf, renderTemplate, type Values } from './render.ts';
import { faultOfUnsubscribeUrl } from './unsubscribe-url.ts';

type Input = EmailRequest<'sendEmail'>;

const fault = (pointer: string, code: string, detail: string): FieldError => ({ pointer, code, detail });

/** Each recipient once: whoever is named twice would get two. */
const recipientFaults = ({ to }: Input): readonly FieldError[] => {
  const seen = new Set<string>();
  return to.flatMap(({ userId, address }, index) => {
    if ((userId === undefined) === (address === undefined)) {
      return [fault(`/to/${index}`, 'invalid_value', 'Name a recipient by userId or by address.')];
    }
    const name = userId ?? address?.toLowerCase() ?? '';
    if (seen.has(name)) return [fault(`/to/${index}`, 'duplicate_items', 'The recipient is named before. Name each once.')];
    seen.add(name);
    return [];
  });
};

const contentFaults = ({ template, locale, subject, text, html }: Input): readonly FieldError[] => {
  if (template !== undefined) {
    return subject === undefined && text === undefined && html === undefined
      ? []
      : [fault('/template', 'invalid_value', 'A template has a subject and texts of its own. Leave out the others, or the template.')];
  }
  return [
    ...(subject === undefined ? [fault('/subject', 'required', 'Send a subject, or a template.')] : []),
    ...(text === undefined && html === undefined ? [fault('/text', 'required', 'Send a text, HTML, or a template.')] : []),
    ...(locale === undefined ? [] : [fault('/locale', 'invalid_value', 'Only templates have languages. Leave it out.')]),
  ];
};

const attachmentFaults = ({ attachments = [] }: Input): readonly FieldError[] =>
  attachments.flatMap(({ filename, type, contentBase64, file }, index) => {
    const at = `/attachments/${index}`;
    if ((contentBase64 === undefined) === (file === undefined))
      return [fault(at, 'invalid_value', 'Send the bytes of an attachment as contentBase64, or name a file.')];
    if (file === undefined) return filename === undefined ? [fault(`${at}/filename`, 'required', 'Give the attachment a name.')] : [];
    return type === undefined ? [] : [fault(`${at}/type`, 'invalid_value', 'A file has a type of its own. Leave it out.')];
  });

const unsubscribeFaults = ({ to, unsubscribeUrl }: Input): readonly FieldError[] => {
  if (unsubscribeUrl === undefined) return [];
  const wrong = faultOfUnsubscribeUrl(unsubscribeUrl);
  if (wrong !== undefined) return [fault('/unsubscribeUrl', 'invalid_format', wrong)];
  return to.length === 1
    ? []
    : [
        fault(
          '/unsubscribeUrl',
          'invalid_value',
          'Whoever unsubscribes is known by the URL alone. Send each recipient a message, with a URL of its own.',
        ),
      ];
};

/** The nearest language of the definition: itself, else one of the same language, else the first. */
export const localeOf = (wanted: string | undefined): string => {
  const { locales } = email;
  const [first = 'en'] = locales;
  if (wanted === undefined) return first;
  const lower = wanted.toLowerCase();
  const language = lower.split('-')[0] ?? lower;
  return (
    locales.find((locale) => locale.toLowerCase() === lower) ??
    locales.find((locale) => locale.toLowerCase() === language) ??
    locales.find((locale) => locale.toLowerCase().split('-')[0] === language) ??
    first
  );
};

/** A link that begins with a value must lead to a page, and to no script. */
const webUrl = /^(?:https?:\/\/|mailto:)[^\s]+$/i;
const lineBreak = /[\p{Cc}\u2028\u2029]/u;

const valueFaults = (template: CompiledTemplate, values: Values): readonly FieldError[] => {
  const at = (name: string): string => `/template/values/${escapePointer(name)}`;
  const given = (name: string): string | undefined => (Object.hasOwn(values, name) ? String(values[name]) : undefined);
  return [
    ...placesOf(template.subject, ['text', 'attribute', 'url'])
      .filter((name) => lineBreak.test(given(name) ?? ''))
      .map((name) =>
        fault(at(name), 'invalid_format', 'The value is part of the subject: it can have no line break and no control character.'),
      ),
    ...placesOf(template.html, ['url'])
      .filter((name) => given(name) !== undefined && !webUrl.test(given(name) ?? ''))
      .map((name) =>
        fault(at(name), 'invalid_format', 'The value is an address of a link or an image: begin it with https://, http:// or mailto:.'),
      ),
  ];
};

const subjectFaults = (subject: string): readonly FieldError[] =>
  subject.length > emailLimits.subjectLength
    ? [fault('/template/values', 'too_long', `The subject has more than ${emailLimits.subjectLength} characters with these values.`)]
    : [];

/** The faults of values are told where the request has them. */
const validateValues = (name: string, values: Values): void => {
  const validator = templateValidators[name];
  if (validator === undefined) {
    if (Object.keys(values).length > 0)
      throw validationError([fault('/template/values', 'unknown_field', 'The template takes no values. Leave them out.')]);
    return;
  }
  try {
    validateBody(validator, values);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw validationError((error.errors ?? []).map((each) => ({ ...each, pointer: `/template/values${each.pointer}` })));
  }
};

const contentOf = ({ template, locale, subject = '', text, html }: Input): Omit<EmailContent, 'to'> => {
  if (template === undefined) return { subject, ...(text !== undefined && { text }), ...(html !== undefined && { html }) };
  const { name, values = {} } = template;
  const compiled = Object.hasOwn(email.templates, name) ? email.templates[name]?.[localeOf(locale)] : undefined;
  if (compiled === undefined) {
    const known = Object.keys(email.templates);
    const detail = `There is no such template. ${known.length === 0 ? 'There are none.' : `There are ${known.join(', ')}.`}`;
    throw validationError([fault('/template/name', 'invalid_value', detail)]);
  }
  validateValues(name, values);
  const rendered = renderTemplate(compiled, values);
  const faults = [...valueFaults(compiled, values), ...subjectFaults(rendered.subject)];
  if (faults.length > 0) throw validationError(faults);
  return rendered;
};

const assertSize = (content: EmailContent): void => {
  const bytes = Buffer.byteLength(JSON.stringify(content));
  if (bytes > emailLimits.messageBytes) {
    throw new ApiError(
      'payload_too_large',
      `The message has ${bytes} bytes with its attachments in base64; ${emailLimits.messageBytes} are the most. Name files of a folder, or send a link.`,
    );
  }
  const encoded = encodedBytesOf(content);
  if (encoded > emailLimits.encodedBytes) {
    throw new ApiError(
      'payload_too_large',
      `The e-mail has ${encoded} bytes with its files in base64; ${emailLimits.encodedBytes} are the most. Send a link instead.`,
    );
  }
};

/**
 * The message of a request, checked, with its template filled in.
 *
 * @throws ApiError `validation_failed`, `payload_too_large`, `invalid_reference` for files that the caller may not send along
 */
export const checkEmail = async (input: Input, request: ApiRequest): Promise<EmailContent> => {
  const faults = [...recipientFaults(input), ...contentFaults(input), ...attachmentFaults(input), ...unsubscribeFaults(input)];
  if (faults.length > 0) throw validationError(faults);
  const { to, attachments, unsubscribeUrl } = input;
  const content: EmailContent = {
    to: to as readonly EmailRecipient[],
    ...contentOf(input),
    ...(unsubscribeUrl !== undefined && { unsubscribeUrl }),
    ...(attachments && { attachments: await findAttachments(attachments, request) }),
  };
  assertSize(content);
  return content;
};
