/**
 * Where a buyer comes back to: the URL of the definition, or another path of its origin.
 *
 * @param path as the schema has it: with one slash at its beginning, without backslashes
 */
export const returnUrl = (url: string, path: string | undefined): string => {
  if (path === undefined) return url;
  const { origin } = new URL(url);
  const chosen = new URL(path, origin);
  if (chosen.origin !== origin) throw new Error('a path led to another origin: its schema must refuse it');
  return `${origin}${path}`;
};
