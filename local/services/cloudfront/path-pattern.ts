const compiled = new Map<string, RegExp>();

/**
 * Whether a path fits the pattern of a cache behavior: `*` stands for any characters, `?` for one; the first slash may be left out.
 * CloudFront normalizes a path before it looks, so that none slips past a behavior.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html
 */
export function matchesPath(pattern: string, path: string): boolean {
  return wildcard(pattern.replace(/^\//, '')).test(normalized(path).slice(1));
}

/** A text with `*` and `?` as an expression for whole texts. */
export function wildcard(pattern: string): RegExp {
  let expression = compiled.get(pattern);
  if (expression === undefined) {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*+/g, '.*')
      .replaceAll('?', '.');
    expression = new RegExp(`^${source}$`, 's');
    if (compiled.size > 1_000) compiled.clear();
    compiled.set(pattern, expression);
  }
  return expression;
}

/** As RFC 3986 has it: needless escapes are undone, then dots are resolved. */
function normalized(path: string): string {
  const plain = path.replace(/%([0-9a-f]{2})/gi, (whole, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return /[\w.~-]/.test(character) ? character : whole;
  });
  return new URL(`http://host${plain}`).pathname;
}
