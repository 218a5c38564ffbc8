import type { PushTemplate } from '../../contracts/push-options.ts';

const templateName = /^[A-Za-z0-9_-]{1,128}$/;
const placeholder = /\{\{([^{}]*)\}\}/g;
const placeholderName = /^[\w.-]{1,64}$/;

const quoted = (value: unknown): string => JSON.stringify(value);

/** @throws Error for what is no language tag (BCP 47), or is there twice */
export const checkLocales = (locales: readonly string[]): void => {
  if (locales.length === 0) throw new Error('push.locales is empty: name one language at least, or leave it out for en');
  const canonical = locales.map((locale) => {
    try {
      return Intl.getCanonicalLocales(locale)[0];
    } catch {
      throw new Error(`push.locales has ${quoted(locale)}: use language tags (BCP 47) as en, pt-BR or zh-Hant`);
    }
  });
  locales.forEach((locale, index) => {
    if (canonical[index] !== locale) throw new Error(`push.locales has ${quoted(locale)}: write it ${quoted(canonical[index])}`);
    if (canonical.indexOf(locale) !== index) throw new Error(`push.locales has ${quoted(locale)} twice: name it once`);
  });
};

const placeholdersOf = (text: string, at: string): readonly string[] => {
  const names = [...text.matchAll(placeholder)].map(([, name = '']) => name.trim());
  for (const name of names) {
    if (!placeholderName.test(name)) throw new Error(`${at} has {{${name}}}: name values with letters, digits, _, - and ., as {{name}}`);
  }
  return [...new Set(names)].sort();
};

const checkLanguages = (texts: Readonly<Record<string, string>>, locales: readonly string[], at: string): void => {
  const missing = locales.filter((locale) => !Object.hasOwn(texts, locale));
  if (missing.length > 0) throw new Error(`${at} has no text for ${missing.join(', ')}: add it, since push.locales names the language`);
  const unknown = Object.keys(texts).filter((locale) => !locales.includes(locale));
  if (unknown.length > 0) throw new Error(`${at} has a text for ${unknown.join(', ')}, which push.locales does not name: add it there`);
  for (const [locale, text] of Object.entries(texts)) {
    if (text.trim() === '') throw new Error(`${at}.${locale} is empty: write the text`);
  }
};

/** The values that a text takes in each language must be the same ones: whoever sends gives one set for all. */
const checkPlaceholders = ({ title, body }: PushTemplate, locales: readonly string[], at: string): void => {
  const perLocale = locales.map((locale) => ({
    locale,
    names: [
      ...new Set([
        ...placeholdersOf(title[locale] ?? '', `${at}.title.${locale}`),
        ...placeholdersOf(body[locale] ?? '', `${at}.body.${locale}`),
      ]),
    ].sort(),
  }));
  const [first] = perLocale;
  const other = perLocale.find(({ names }) => names.join() !== first?.names.join());
  if (first === undefined || other === undefined) return;
  const show = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.map((name) => `{{${name}}}`).join(', '));
  throw new Error(
    `${at} has the values ${show(first.names)} in ${first.locale} and ${show(other.names)} in ${other.locale}: use the same ones in all languages`,
  );
};

/** @throws Error for templates that lack a language, or have other values in one language than in another */
export const checkTemplates = (templates: Readonly<Record<string, PushTemplate>>, locales: readonly string[]): void => {
  for (const [name, template] of Object.entries(templates)) {
    const at = `push.templates.${name}`;
    if (!templateName.test(name)) throw new Error(`push.templates has ${quoted(name)}: use 1 to 128 letters, digits, - and _`);
    checkLanguages(template.title, locales, `${at}.title`);
    checkLanguages(template.body, locales, `${at}.body`);
    checkPlaceholders(template, locales, at);
  }
};
