import { addressPattern, emailLimits } from '../../contracts/email.ts';
import type { CompiledEmail, EmailOptions } from '../../contracts/email-options.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import { checkLocales, compileTemplates } from './compile-templates.ts';

/** What a definition of e-mail comes to. */
export interface CompiledEmailOptions {
  readonly email: CompiledEmail;
  /** The schemas of the values of templates, by name. */
  readonly schemas: Readonly<Record<string, JsonSchema>>;
  /** The folders whose files are sent along. */
  readonly attachFrom: readonly string[];
  /** The identity of SES that e-mails are sent by. */
  readonly identity: string;
  /** What sends: its file in lambdas/email, and the name of its secret. */
  readonly transport: { readonly name: 'ses' } | { readonly name: 'smtp' | 'resend'; readonly secretName: string };
}

/** Secrets Manager, CreateSecret, Name. */
const secretName = /^[A-Za-z0-9/_+=.@-]{1,512}$/;
const maxNameLength = 100;
const quoted = (value: unknown): string => JSON.stringify(value);

const isAddress = (text: string): boolean => text.length <= emailLimits.addressLength && addressPattern.test(text);

const parseFrom = (from: string): CompiledEmail['from'] => {
  const [, name, bracketed] = /^\s*"?([^"<>]*?)"?\s*<([^<>]+)>\s*$/.exec(from) ?? [];
  const address = bracketed ?? from;
  if (!isAddress(address))
    throw new Error(`email.from is ${quoted(from)}: use an address as hello@example.com, or Shop <hello@example.com>`);
  if (name === undefined || name === '') return { address };
  if (name.length > maxNameLength || /\p{Cc}/u.test(name)) {
    throw new Error(`email.from has the name ${quoted(name)}: use at most ${maxNameLength} characters in one line`);
  }
  return { name, address };
};

const checkWhole = (name: string, value: number, least: number, most: number): number => {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`email.${name} is ${value}: use a whole number from ${least} to ${most}`);
};

const transportOf = ({ transport = 'ses' }: EmailOptions): CompiledEmailOptions['transport'] => {
  if (transport === 'ses') return { name: 'ses' };
  const found = 'smtp' in transport ? ({ name: 'smtp', ...transport.smtp } as const) : ({ name: 'resend', ...transport.resend } as const);
  if (secretName.test(found.secretName)) return found;
  throw new Error(
    `email.transport.${found.name}.secretName is ${quoted(found.secretName)}: use the name of a secret of Secrets Manager, of letters, digits and /_+=.@-`,
  );
};

const identityOf = ({ identity, transport = 'ses' }: EmailOptions, address: string): string => {
  const domain = address.split('@')[1] ?? '';
  if (identity === undefined) return domain;
  if (transport !== 'ses') throw new Error('email.identity is an identity of SES, but email.transport is another: leave it out');
  if (identity === address || identity === domain || domain.endsWith(`.${identity}`)) return identity;
  throw new Error(`email.identity is ${quoted(identity)}, which email.from is not of: use ${quoted(domain)} or ${quoted(address)}`);
};

const checkFolders = (names: readonly string[], folders: readonly string[]): readonly string[] => {
  const unknown = names.find((name) => !folders.includes(name));
  if (unknown === undefined) return [...new Set(names)];
  const known = folders.join(', ') || 'those of files.folders (there are none)';
  throw new Error(`email.attachFrom names the folder ${quoted(unknown)}, which is not there: use one of ${known}`);
};

/**
 * What handlers know of a definition of e-mail.
 *
 * @param folders those of the definition
 * @throws Error for every mistake in it; it names the option, shows the value and says what to do
 */
export const compileEmail = (options: EmailOptions, folders: readonly string[] = []): CompiledEmailOptions => {
  const { replyTo, locales = ['en'], templates = {}, maxPerUserPerHour = 20, logDays = 30 } = options;
  const from = parseFrom(options.from);
  if (replyTo !== undefined && !isAddress(replyTo))
    throw new Error(`email.replyTo is ${quoted(replyTo)}: use an address as help@example.com`);
  checkLocales(locales);
  const compiled = compileTemplates(templates, locales);
  return {
    email: {
      from,
      ...(replyTo !== undefined && { replyTo }),
      locales,
      templates: compiled.templates,
      maxPerUserPerHour: checkWhole('maxPerUserPerHour', maxPerUserPerHour, 1, 1_000),
      // Longer than a message can lie on the queue and among the dead letters: the log is what keeps it from being sent twice.
      logDays: checkWhole('logDays', logDays, 30, 365),
    },
    schemas: compiled.schemas,
    attachFrom: checkFolders(options.attachFrom ?? [], folders),
    identity: identityOf(options, from.address),
    transport: transportOf(options),
  };
};
