import { readFileSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import type { CompiledTemplate, EmailTemplate, Localized } from '../../contracts/email-options.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import { zodToJsonSchema } from '../schema/zod-to-json-schema.ts';
import { compileMjml } from './compile-mjml.ts';
import { splitPlaceholders, valuesOf } from './split-placeholders.ts';
import { textOfHtml } from './text-of-html.ts';

const templateName = /^[A-Za-z0-9_-]{1,128}$/;
const quoted = (value: unknown): string => JSON.stringify(value);
const lineBreak = /[\p{Cc}\u2028\u2029]/u;

/** What handlers know of templates. */
export interface CompiledTemplates {
  /** By name, then by language. */
  readonly templates: Readonly<Record<string, Readonly<Record<string, CompiledTemplate>>>>;
  /** The schemas of their values, by name. */
  readonly schemas: Readonly<Record<string, JsonSchema>>;
}

/** @throws Error for what is no language tag (BCP 47), or is there twice */
export const checkLocales = (locales: readonly string[]): void => {
  if (locales.length === 0) throw new Error('email.locales is empty: name one language at least, or leave it out for en');
  locales.forEach((locale, index) => {
    let canonical: string | undefined;
    try {
      canonical = Intl.getCanonicalLocales(locale)[0];
    } catch {
      throw new Error(`email.locales has ${quoted(locale)}: use language tags (BCP 47) as en, pt-BR or zh-Hant`);
    }
    if (canonical !== locale) throw new Error(`email.locales has ${quoted(locale)}: write it ${quoted(canonical)}`);
    if (locales.indexOf(locale) !== index) throw new Error(`email.locales has ${quoted(locale)} twice: name it once`);
  });
};

/** The text in one language. */
const inLocale = (text: Localized, locale: string, locales: readonly string[], at: string): string => {
  if (typeof text === 'string') return text;
  const unknown = Object.keys(text).find((each) => !locales.includes(each));
  if (unknown !== undefined) throw new Error(`${at} has the language ${unknown}, which email.locales does not name: add it there`);
  const own = text[locale];
  if (own === undefined) throw new Error(`${at} has nothing for ${locale}: add it, since email.locales names the language`);
  return own;
};

const readEntry = (file: string, at: string): string => {
  const path = resolve(file);
  const ending = extname(file);
  if (ending !== '.html' && ending !== '.mjml') throw new Error(`${at} is ${quoted(file)}: name a file that ends in .html or .mjml`);
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`${at} is ${quoted(file)}, which cannot be read: give its path from the folder of cdk.json`, { cause });
  }
  return ending === '.mjml' ? compileMjml(content, path, at) : content;
};

const htmlOf = ({ entry, html }: EmailTemplate, locale: string, locales: readonly string[], at: string): string => {
  if ((entry === undefined) === (html === undefined)) throw new Error(`${at} needs either entry or html: give one of them`);
  return entry === undefined
    ? inLocale(html ?? '', locale, locales, `${at}.html`)
    : readEntry(inLocale(entry, locale, locales, `${at}.entry`), `${at}.entry`);
};

const assertHtml = (html: string, at: string): void => {
  if (html.trim() === '') throw new Error(`${at} is empty: write what the e-mail says`);
  if (/<mjml\b/i.test(html)) throw new Error(`${at} holds MJML: put it into a file that ends in .mjml, and name that as entry`);
};

const compileTemplate = (template: EmailTemplate, locale: string, locales: readonly string[], at: string): CompiledTemplate => {
  const subject = inLocale(template.subject, locale, locales, `${at}.subject`);
  if (subject.trim() === '' || lineBreak.test(subject)) throw new Error(`${at}.subject is ${quoted(subject)}: write it in one line`);
  const html = htmlOf(template, locale, locales, at);
  assertHtml(html, `${at} (${locale})`);
  const text = template.text === undefined ? textOfHtml(html) : inLocale(template.text, locale, locales, `${at}.text`);
  return {
    subject: splitPlaceholders(subject, 'text', `${at}.subject`),
    html: splitPlaceholders(html, 'html', `${at} (${locale})`),
    text: splitPlaceholders(text, 'text', `${at}.text`),
  };
};

const plainTypes: ReadonlySet<unknown> = new Set(['string', 'number', 'integer', 'boolean']);

const valuesSchema = ({ values }: EmailTemplate, at: string): JsonSchema | undefined => {
  if (values === undefined) return undefined;
  const schema = zodToJsonSchema(values, 'input', `${at}.values`);
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const isPlain = plainTypes.has(property.type) || (property.enum ?? []).some((each) => typeof each === 'string');
    if (!isPlain) throw new Error(`${at}.values.${name} is no text, number, boolean or enum: put what it says into a text`);
  }
  return schema;
};

const checkValues = (byLocale: Readonly<Record<string, CompiledTemplate>>, schema: JsonSchema | undefined, at: string): void => {
  const known = Object.keys(schema?.properties ?? {});
  for (const [locale, { subject, html, text }] of Object.entries(byLocale)) {
    const unknown = [subject, html, text].flatMap(valuesOf).find((name) => !known.includes(name));
    if (unknown !== undefined)
      throw new Error(`${at} (${locale}) has {{${unknown}}}, which its values do not name: add it to ${at}.values`);
  }
};

/**
 * Compiles templates to texts with places for values, so that no compiler is in a bundle and nothing is evaluated when one is sent.
 *
 * @throws Error for every mistake in them; it names the option, shows the value and says what to do
 */
export const compileTemplates = (templates: Readonly<Record<string, EmailTemplate>>, locales: readonly string[]): CompiledTemplates => {
  const compiled = Object.entries(templates).map(([name, template]) => {
    const at = `email.templates.${name}`;
    if (!templateName.test(name)) throw new Error(`email.templates has ${quoted(name)}: use 1 to 128 letters, digits, - and _`);
    const byLocale = Object.fromEntries(locales.map((locale) => [locale, compileTemplate(template, locale, locales, at)]));
    const schema = valuesSchema(template, at);
    checkValues(byLocale, schema, at);
    return { name, byLocale, schema };
  });
  return {
    templates: Object.fromEntries(compiled.map(({ name, byLocale }) => [name, byLocale])),
    schemas: Object.fromEntries(compiled.flatMap(({ name, schema }) => (schema === undefined ? [] : [[name, schema]]))),
  };
};
