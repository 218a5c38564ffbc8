import sharp, { type Sharp } from 'sharp';
import type { CompiledVariant } from '../../contracts/compiled.ts';

/** Bytes of an image in a file or in memory are no measure of its pixels, so those are bound too: about as many as a good camera has. */
const maxInputPixels = 100_000_000;
/** How long sharp may work on one image. */
const timeoutSeconds = 20;
/** Frames of a moving picture. */
const maxFrames = 200;
/** Pixels of all frames of a moving picture. */
const maxMovingPixels = 50_000_000;
/** AVIF takes long: of 0 to 9 the effort that is done in seconds. */
const avifEffort = 3;

/** Nobody gets at a reader that no type of ours needs, such as that of SVG, which follows what an image says. */
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: ['Heif', 'Jpeg', 'Nsgif', 'Png', 'Tiff', 'Webp'].map((format) => `VipsForeignLoad${format}Buffer`) });

/** The bytes are no image that can be read, or one that is too large. */
export class BrokenImage extends Error {
  constructor(cause: unknown) {
    super('the image cannot be read', { cause });
    this.name = 'BrokenImage';
  }
}

export const formatTypes: Readonly<Record<CompiledVariant['format'], string>> = {
  webp: 'image/webp',
  avif: 'image/avif',
  jpeg: 'image/jpeg',
  png: 'image/png',
};

/** Formats that hold moving pictures. */
const movingFormats: ReadonlySet<string> = new Set(['webp']);

const encode = (image: Sharp, { format, quality }: CompiledVariant): Sharp => {
  switch (format) {
    case 'webp':
      return image.webp({ quality });
    case 'avif':
      return image.avif({ quality, effort: avifEffort });
    case 'jpeg':
      // JPEG knows no transparency: what is behind would be black.
      return image.flatten({ background: 'white' }).jpeg({ quality, mozjpeg: true });
    case 'png':
      return image.png({ quality });
  }
};

const isMoving = async (bytes: Uint8Array, format: string): Promise<boolean> => {
  if (!movingFormats.has(format)) return false;
  const { pages = 1, width, height, pageHeight = height } = await sharp(bytes, { limitInputPixels: maxInputPixels }).metadata();
  return pages > 1 && pages <= maxFrames && width * pageHeight * pages <= maxMovingPixels;
};

/**
 * Makes a variant of an image: turned as its EXIF data say, and without them, since they may tell where a photo was taken. What moves
 * keeps moving where the format can and it is not too much.
 *
 * @throws BrokenImage
 */
export const makeVariant = async (bytes: Uint8Array, variant: CompiledVariant): Promise<Buffer> => {
  const { width, height, fit, format } = variant;
  try {
    const animated = await isMoving(bytes, format);
    const image = sharp(bytes, { limitInputPixels: maxInputPixels, animated, failOn: 'error' })
      .timeout({ seconds: timeoutSeconds })
      .autoOrient()
      .resize({ width, height, fit, withoutEnlargement: fit === 'inside', background: { r: 0, g: 0, b: 0, alpha: 0 } });
    return await encode(image, variant).toBuffer();
  } catch (error) {
    throw new BrokenImage(error);
  }
};
