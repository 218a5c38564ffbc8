import { z } from 'zod';
import { addressPattern, type EmailRoute, emailLimits } from './email.ts';

// Only the synth side and types read this file: a Lambda bundle holds what is compiled from it, never Zod.

const address = z.string().max(emailLimits.addressLength).regex(addressPattern);
/** No control character: a line break would begin another header. */
const headerText = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\u2028\u2029]+$/u);
/** The name of a file, and no path that a reader might follow. */
const filename = z
  .string()
  .min(1)
  .max(emailLimits.filenameLength)
  .regex(/^[^\p{Cc}\u2028\u2029/\\]+$/u);
const mediaType = z.string().regex(/^[A-Za-z0-9!#$&^_.+-]{1,127}\/[A-Za-z0-9!#$&^_.+-]{1,127}$/);
/** The handlers tell with both numbers what is too much for a message. */
const content = z.string().min(1).max(emailLimits.messageBytes);
/** With its padding or without. */
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;
/** What Cognito takes as a user name (AdminGetUser, Username). */
const userId = z
  .string()
  .max(128)
  .regex(/^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$/u);
/** Only shape and length: the validator of the template checks values. */
const value = z.union([z.string().max(100_000), z.number(), z.boolean()]);

/** The characters of a URL (RFC 3986, section 2): none could end the header or the brackets around it. Where it leads, the handlers check. */
const unsubscribeUrl = z
  .string()
  .max(emailLimits.unsubscribeUrlLength)
  .regex(/^https?:\/\/[A-Za-z0-9._~:/?#[\]@!$&'()*+,;=%-]+$/);

/** The bodies of requests by route. Objects are strict: an unknown field is refused. */
export const emailRequests = {
  sendEmail: z.strictObject({
    to: z
      .array(z.strictObject({ userId: userId.optional(), address: address.optional() }))
      .min(1)
      .max(emailLimits.recipients),
    template: z
      .strictObject({ name: z.string().min(1).max(128), values: z.record(z.string().min(1).max(64), value).optional() })
      .optional(),
    locale: z
      .string()
      .regex(/^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,5}$/)
      .optional(),
    subject: headerText(emailLimits.subjectLength).optional(),
    text: content.optional(),
    html: content.optional(),
    unsubscribeUrl: unsubscribeUrl.optional(),
    attachments: z
      .array(
        z.strictObject({
          filename: filename.optional(),
          type: mediaType.optional(),
          contentBase64: content.regex(base64).optional(),
          file: z.strictObject({ folder: z.string().min(1).max(128), id: z.string().min(1).max(128) }).optional(),
        }),
      )
      .min(1)
      .max(emailLimits.attachments)
      .optional(),
  }),
} as const satisfies Partial<Record<EmailRoute, z.ZodType>>;

const recipient = z.object({ userId: z.string().optional(), address: z.string().optional() });
const message = z.object({
  id: z.string(),
  template: z.string().optional(),
  sender: z.string(),
  createdAt: z.string(),
  deliveries: z.array(
    z.object({
      to: recipient,
      status: z.enum(['queued', 'sent', 'bounced', 'complained', 'suppressed', 'rate_limited', 'no_address', 'failed']),
      reason: z.string().optional(),
      at: z.string(),
    }),
  ),
});

/** The bodies of answers by route. */
export const emailReplies = {
  sendEmail: message,
  readEmail: message,
  readSuppression: z.object({ address: z.string(), reason: z.enum(['bounced', 'complained']), at: z.string() }),
} as const satisfies Partial<Record<EmailRoute, z.ZodType>>;

/** The body of a request, as its schema has it. */
export type EmailRequest<K extends keyof typeof emailRequests> = z.output<(typeof emailRequests)[K]>;
