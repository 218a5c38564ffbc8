import { createHash } from 'node:crypto';
import type { CompiledFolder, CompiledVariant } from '../../contracts/compiled.ts';
import type { Variant } from '../../contracts/folder.ts';

/** The types of which variants can be made: what sharp reads, but for SVG, which is a program rather than a picture. */
export const resizableTypes: readonly string[] = [...['image/avif', 'image/gif', 'image/jpeg', 'image/png', 'image/tiff', 'image/webp']];

const fits = ['cover', 'contain', 'inside', 'outside', 'fill'] as const;
const formats = ['webp', 'avif', 'jpeg', 'png'] as const;
const namePattern = /^[A-Za-z][A-Za-z0-9-]{0,31}$/;
const maxVariants = 20;
const maxPixels = 4_096;
const defaultQuality = 80;
/** AVIF looks at 50 as the others do at 80. */
const defaultAvifQuality = 50;

const show = (value: unknown): string => JSON.stringify(value) ?? String(value);

const checkNumber = (value: number | undefined, most: number, at: string): void => {
  if (value !== undefined && (!Number.isInteger(value) || value < 1 || value > most)) {
    throw new Error(`${at} is ${show(value)}: use a whole number from 1 to ${most}`);
  }
};

const checkWord = (value: string, words: readonly string[], at: string): void => {
  if (!words.includes(value)) throw new Error(`${at} is ${show(value)}: use one of ${words.join(', ')}`);
};

const compileVariant = (name: string, variant: Variant, at: string): CompiledVariant => {
  const { width, height, fit = 'inside', format = 'webp' } = variant;
  const quality = variant.quality ?? (format === 'avif' ? defaultAvifQuality : defaultQuality);
  if (width === undefined && height === undefined) throw new Error(`${at} has neither width nor height: give one of them, in pixels`);
  checkNumber(width, maxPixels, `${at}.width`);
  checkNumber(height, maxPixels, `${at}.height`);
  checkNumber(quality, 100, `${at}.quality`);
  checkWord(fit, fits, `${at}.fit`);
  checkWord(format, formats, `${at}.format`);
  const compiled = { ...(width !== undefined && { width }), ...(height !== undefined && { height }), fit, format, quality };
  const hash = createHash('sha256').update(JSON.stringify(compiled)).digest('hex').slice(0, 8);
  return { ...compiled, file: `${name}-${hash}` };
};

/**
 * The image variants of a folder with all defaults.
 *
 * @param types the types that the folder takes
 * @param at names the folder, for errors
 * @throws Error for sizes, names and words that no variant can have, and for a folder that takes no images
 */
export const compileVariants = (
  variants: Readonly<Record<string, Variant>>,
  types: readonly string[],
  at: string,
): CompiledFolder['variants'] => {
  const names = Object.keys(variants);
  if (names.length > maxVariants) throw new Error(`${at}.variants has ${names.length} variants: use at most ${maxVariants}`);
  if (names.length > 0 && !types.some((type) => type === 'image/*' || resizableTypes.includes(type))) {
    throw new Error(
      `${at}.variants is given, but the folder takes none of ${resizableTypes.join(', ')}: add one to types, or remove variants`,
    );
  }
  return Object.fromEntries(
    Object.entries(variants).map(([name, variant]) => {
      if (!namePattern.test(name)) {
        throw new Error(`${at}.variants has the name ${show(name)}: use letters, digits and "-", with a letter first, at most 32`);
      }
      return [name, compileVariant(name, variant, `${at}.variants.${name}`)];
    }),
  );
};
