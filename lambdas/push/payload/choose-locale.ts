const languageOf = (locale: string): string => (locale.split('-')[0] ?? '').toLowerCase();

/**
 * The language of the definition for a device: the very one, else one of the same language (`de-AT` hears `de`), else the first.
 *
 * @param wanted BCP 47
 */
export const chooseLocale = (wanted: string | undefined, locales: readonly string[]): string => {
  const [first = 'en'] = locales;
  if (wanted === undefined) return first;
  const exact = locales.find((locale) => locale.toLowerCase() === wanted.toLowerCase());
  return exact ?? locales.find((locale) => languageOf(locale) === languageOf(wanted)) ?? first;
};
