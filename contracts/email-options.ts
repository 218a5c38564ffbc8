import type { z } from 'zod';

/** A text with `{{name}}` for values that a send gives. In HTML they are escaped; nothing of them is evaluated. */
export type EmailText = string;

/** The same in all languages, or one for each language of the definition. */
export type Localized = EmailText | Readonly<Record<string, EmailText>>;

/** An e-mail that is written once and sent with other values each time. */
export interface EmailTemplate {
  readonly subject: Localized;
  /** A file with HTML (`.html`) or MJML (`.mjml`, with the package `mjml` installed), from the folder of `cdk.json`. In the place of `html`. */
  readonly entry?: Localized;
  /** HTML. In the place of `entry`. */
  readonly html?: Localized;
  /** What readers without HTML see. @default made of the HTML */
  readonly text?: Localized;
  /** The values: an object of texts, numbers, booleans and enums. @default none */
  readonly values?: z.ZodObject;
}

/** A mail server. The secret of Secrets Manager holds JSON `{ "host", "port", "user", "password" }`; port 465 begins with TLS, others must offer it. */
export interface SmtpTransport {
  readonly smtp: { readonly secretName: string };
}

/** Resend. The secret holds JSON `{ "apiKey" }`. */
export interface ResendTransport {
  readonly resend: { readonly secretName: string };
}

/** E-mails that the backend sends. */
export interface EmailOptions {
  /** Whom e-mails are from: `hello@example.com`, or `Shop <hello@example.com>`. */
  readonly from: string;
  /**
   * What sends. With SES, bounces and complaints end an address by themselves.
   * @default 'ses', by an identity that is verified in the account and Region
   */
  readonly transport?: 'ses' | SmtpTransport | ResendTransport;
  /** The identity of SES: the domain of `from`, or its address. @default the domain */
  readonly identity?: string;
  /** Where answers go. @default to `from` */
  readonly replyTo?: string;
  /** Languages (BCP 47) of templates; the first is for sends that name none of them. @default ['en'] */
  readonly locales?: readonly [string, ...string[]];
  /** @default none */
  readonly templates?: Readonly<Record<string, EmailTemplate>>;
  /**
   * Folders whose files may be sent along. What sends e-mails can read all of their files; who names one for a message must be allowed
   * to read it. @default none
   */
  readonly attachFrom?: readonly string[];
  /** How many e-mails an address gets in an hour of the clock; what is more is not sent. @default 20, at most 1000 */
  readonly maxPerUserPerHour?: number;
  /** How long the log keeps what was sent, in days. @default 30, at most 365 */
  readonly logDays?: number;
}

/** Where a value stands: `url` begins the address of a link or an image. */
export type PlaceholderKind = 'text' | 'attribute' | 'url';

/** A template's text, taken apart at synth, so that nothing of a value is ever looked at: texts, and the names of values between them. */
export type CompiledText = readonly (string | { readonly value: string; readonly as: PlaceholderKind })[];

/** A template in one language. */
export interface CompiledTemplate {
  readonly subject: CompiledText;
  readonly html: CompiledText;
  readonly text: CompiledText;
}

/** `@compiled/email`: the definition of e-mail. */
export interface CompiledEmail {
  readonly from: { readonly name?: string; readonly address: string };
  readonly replyTo?: string;
  readonly locales: readonly string[];
  /** By name, then by language. */
  readonly templates: Readonly<Record<string, Readonly<Record<string, CompiledTemplate>>>>;
  readonly maxPerUserPerHour: number;
  readonly logDays: number;
}
