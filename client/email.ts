import type { EmailAttachment, EmailRecipient, EmailSuppression, emailRoutes, SentEmail } from '../contracts/email.ts';
import type { EndpointsOf } from './endpoints.ts';
import { expectObject } from './read-answer.ts';
import type { CallOptions, Transport, WriteOptions } from './transport.ts';

// Here, and not with the endpoints of the other features, so that both are loaded when they are used.
const at = {
  sendEmail: 'POST /email/messages',
  readEmail: 'GET /email/messages/{id}',
  readSuppression: 'GET /email/suppressions/{address}',
  deleteSuppression: 'DELETE /email/suppressions/{address}',
} as const satisfies EndpointsOf<typeof emailRoutes>;

type TemplatesOf<D> = D extends { readonly integrations: { readonly email: { readonly templates: infer T } } } ? T : never;
type ValuesOf<T> = T extends { readonly values: { readonly _zod: { readonly input: infer V } } }
  ? { readonly values: V }
  : { readonly values?: never };

/** A template of the definition with its values. */
type TemplateOf<D> = [TemplatesOf<D>] extends [never]
  ? { readonly name: string; readonly values?: Readonly<Record<string, string | number | boolean>> }
  : { [N in keyof TemplatesOf<D> & string]: { readonly name: N } & ValuesOf<TemplatesOf<D>[N]> }[keyof TemplatesOf<D> & string];

interface AnyMessage {
  /** Up to 50; each gets an e-mail of its own. */
  readonly to: readonly EmailRecipient[];
  /** Bytes have 1 MB in all with the texts, in base64; files of folders that the definition's `attachFrom` names 40 MB. */
  readonly attachments?: readonly EmailAttachment[];
  /**
   * Where mail programs post to when the recipient unsubscribes with one click (RFC 8058): an https URL that this recipient alone has.
   * The message has one recipient then. @default the e-mail is none that anybody subscribes to
   */
  readonly unsubscribeUrl?: string;
}

/** An e-mail: a template with its values, or a subject with a text, HTML or both. */
export type EmailMessage<D> = AnyMessage &
  (
    | {
        readonly template: TemplateOf<D>;
        /** BCP 47. @default the definition's first */
        readonly locale?: string;
        readonly subject?: never;
      }
    | { readonly subject: string; readonly text?: string; readonly html?: string; readonly template?: never }
  );

/**
 * E-mails, for members of the admin group. `D` is the definition.
 *
 * @example
 * ```ts
 * await client.admin.email.send({ to: [{ userId }], template: { name: 'receipt', values: { number: 'A-17' } } });
 * ```
 */
export class EmailClient<D = unknown> {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Hands an e-mail over to be sent.
   *
   * @throws PlinthError `recipient_suppressed` where it is to one address that has bounced or complained
   */
  async send(message: EmailMessage<D>, { signal, idempotencyKey }: WriteOptions = {}): Promise<SentEmail> {
    return (await this.#object(at.sendEmail, { body: message, signal, idempotencyKey })) as unknown as SentEmail;
  }

  /** What has come of an e-mail at each recipient. */
  async message(id: string, options?: CallOptions): Promise<SentEmail> {
    return (await this.#object(at.readEmail, { path: { id }, signal: options?.signal })) as unknown as SentEmail;
  }

  /** Why nothing is sent to an address. @throws PlinthError `not_found` where nothing keeps e-mails from it */
  async suppression(address: string, options?: CallOptions): Promise<EmailSuppression> {
    return (await this.#object(at.readSuppression, { path: { address }, signal: options?.signal })) as unknown as EmailSuppression;
  }

  /** Sends to an address again. */
  async unsuppress(address: string, options?: CallOptions): Promise<void> {
    await this.#transport.send(at.deleteSuppression, { path: { address }, signal: options?.signal });
  }

  async #object(...[endpoint, call]: Parameters<Transport['send']>): Promise<Readonly<Record<string, unknown>>> {
    return expectObject(await this.#transport.send(endpoint, call)) as Readonly<Record<string, unknown>>;
  }
}
