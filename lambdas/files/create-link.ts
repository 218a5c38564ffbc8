import { files } from '@compiled/files';
import type { CompiledFolder } from '../../contracts/compiled.ts';
import { ApiError } from '../../contracts/errors.ts';
import type { FileLink } from '../../contracts/files.ts';
import { type StoredFile, variantKey } from '../../contracts/files-table.ts';
import { parameterFault, readParameters } from '../runtime/read-parameters.ts';
import type { Action, ApiRequest } from '../runtime/request.ts';
import { validationError } from '../runtime/validate-body.ts';
import { contentDisposition } from './content-disposition.ts';
import { isPicture } from './file-view.ts';
import { cdnUrlOf, signLink } from './links-store.ts';
import { fileRequestOf, openFile } from './open-file.ts';

/** What a request asks of a link. */
interface LinkWish {
  readonly variant: string | undefined;
  readonly isDownload: boolean;
  readonly seconds: number;
}

const secondsOf = (text: string | undefined): number => {
  const { default: usual, max } = files.linkSeconds;
  if (text === undefined) return usual;
  if (!/^[1-9][0-9]{0,9}$/.test(text)) {
    throw validationError([parameterFault('expiresInSeconds', 'invalid_value', 'Expected a whole number of seconds, at least 1.')]);
  }
  return Math.min(Number(text), max);
};

const downloadOf = (text: string | undefined): boolean => {
  if (text === undefined || text === 'false') return false;
  if (text === 'true') return true;
  throw validationError([parameterFault('download', 'invalid_value', 'Expected true or false.')]);
};

const wishOf = (folder: CompiledFolder, { query }: ApiRequest): LinkWish => {
  const { variant, download, expiresInSeconds } = readParameters(query, ['variant', 'download', 'expiresInSeconds']);
  if (variant !== undefined && !Object.hasOwn(folder.variants, variant)) {
    const known = Object.keys(folder.variants).join(', ') || 'none';
    throw validationError([parameterFault('variant', 'invalid_value', `The folder has no such variant. Known: ${known}.`)]);
  }
  return { variant, isDownload: downloadOf(download), seconds: secondsOf(expiresInSeconds) };
};

/** The name of a variant that is saved: that of the image, with the ending of the variant's format. */
const variantName = (folder: CompiledFolder, name: string, variant: string): { readonly name: string; readonly type: string } => {
  const format = folder.variants[variant]?.format ?? 'webp';
  return { name: `${name.replace(/\.[^.]*$/, '')}.${format === 'jpeg' ? 'jpg' : format}`, type: `image/${format}` };
};

/** How a browser saves what the link leads to. A variant that is shown needs no name, so that all links share its cached copy. */
const dispositionOf = (folder: CompiledFolder, file: StoredFile, { variant, isDownload }: LinkWish): string | undefined => {
  if (variant === undefined) return contentDisposition(file.name, file.type, isDownload);
  if (!isDownload) return undefined;
  const { name, type } = variantName(folder, file.name, variant);
  return contentDisposition(name, type, true);
};

const linkTo = async (folder: CompiledFolder, file: StoredFile, key: string, wish: LinkWish): Promise<FileLink> => {
  if (folder.isPublic) return { url: cdnUrlOf(key) };
  // CloudFront knows whole seconds.
  const expiresAt = new Date((Math.floor(Date.now() / 1_000) + wish.seconds) * 1_000);
  const url = await signLink({ key, disposition: dispositionOf(folder, file, wish), expiresAt });
  return { url, expiresAt: expiresAt.toISOString() };
};

/** GET: a URL for the bytes of a file, or of a variant. */
export const createLink: Action = async (request) => {
  const asked = fileRequestOf(request, 'get');
  const { folder } = asked;
  const wish = wishOf(folder, request);
  const file = await openFile(asked, false);
  if (file.key === undefined) {
    throw new ApiError('not_ready', 'The bytes of this file have not arrived, or were refused. Read the file to see its status.');
  }
  if (wish.variant !== undefined && !isPicture(file.type)) {
    throw validationError([parameterFault('variant', 'invalid_value', `A file of the type ${file.type} has no variants.`)]);
  }
  const variant = wish.variant === undefined ? undefined : folder.variants[wish.variant];
  return { body: await linkTo(folder, file, variant === undefined ? file.key : variantKey(file.key, variant), wish) };
};
