import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { ApiError } from '../../contracts/errors.ts';
import { variantKey, variantsPrefix } from '../../contracts/files-table.ts';
import { problemResponse, toApiError } from '../runtime/problem.ts';
import { locateObject } from './locate-object.ts';
import { BrokenImage, formatTypes, makeVariant } from './make-variant.ts';
import { deleteVariant, exists, readImage, storeVariant, TooLarge } from './variants-store.ts';

/** Larger originals are served as they are, and have no variants. */
const maxInputBytes = 50 * 1024 * 1024;
/** What a function answers has at most 6 MB as base64 ("Lambda quotas"); some of it are headers. */
const maxAnswerBytes = 4.4 * 1024 * 1024;
/** What will not change soon is not asked for again: nobody makes us work by asking for nonsense. */
const refusalSeconds = 60;

const notFound = (): ApiError => new ApiError('not_found', 'There is no such variant.');

const unreadable = (): ApiError =>
  new ApiError('validation_failed', 'The file is no image of which variants can be made: it is damaged, too large, or of another kind.');

/** The original and the variant that a path asks for: `/variants/<key>/<file of the variant>`. */
const parse = (rawPath: string) => {
  const path = decodeURIComponent(rawPath).slice(1);
  const end = path.lastIndexOf('/');
  const key = path.slice(variantsPrefix.length, end);
  const file = path.slice(end + 1);
  const place = path.startsWith(variantsPrefix) ? locateObject(key) : undefined;
  const variant = Object.values(place?.folder.variants ?? {}).find((candidate) => candidate.file === file);
  if (place === undefined || variant === undefined) throw notFound();
  return { key, target: variantKey(key, variant), variant, isPublic: place.folder.isPublic };
};

/** The variant is too large for an answer; the next one comes from the bucket. A signature is not known here, so nobody is led on with it. */
const askAgain = (location: string, isPublic: boolean): APIGatewayProxyStructuredResultV2 => {
  if (isPublic) return { statusCode: 307, headers: { location, 'cache-control': 'no-store' } };
  throw new ApiError('unavailable', 'The variant has been made, and is large. Ask for it again.', { retryAfterSeconds: 1 });
};

const make = async (rawPath: string): Promise<APIGatewayProxyStructuredResultV2> => {
  const { key, target, variant, isPublic } = parse(rawPath);
  const original = await readImage(key, maxInputBytes);
  if (original === undefined) throw notFound();
  if (!original.type.startsWith('image/') || original.type === 'image/svg+xml') throw unreadable();
  const bytes = await makeVariant(original.bytes, variant);
  const type = formatTypes[variant.format];
  const cacheControl = isPublic ? 'public, max-age=31536000, immutable' : 'private, max-age=300';
  await storeVariant(target, bytes, type, cacheControl);
  // The original may have been deleted meanwhile, and its variants with it.
  if (!(await exists(key))) {
    await deleteVariant(target);
    throw notFound();
  }
  if (bytes.length > maxAnswerBytes) return askAgain(rawPath, isPublic);
  const headers = { 'content-type': type, 'cache-control': cacheControl, 'content-disposition': 'inline' };
  return { statusCode: 200, headers, body: bytes.toString('base64'), isBase64Encoded: true };
};

const refusalOf = (error: unknown): ApiError => {
  if (error instanceof BrokenImage || error instanceof TooLarge) return unreadable();
  return error instanceof URIError ? notFound() : toApiError(error);
};

/**
 * The function that the CDN asks for a variant that is not in the bucket. It makes declared variants only, and stores what it makes.
 */
export const handler = async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
  const { method } = event.requestContext.http;
  try {
    if (method !== 'GET' && method !== 'HEAD') throw new ApiError('method_not_allowed', 'Use GET.', { headers: { allow: 'GET, HEAD' } });
    return await make(event.rawPath);
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal.code === 'internal_error') {
      const name = error instanceof Error ? error.name : typeof error;
      process.stdout.write(`${JSON.stringify({ level: 'ERROR', message: 'a variant could not be made', error: name })}\n`);
    }
    const response = problemResponse(refusal, event.rawPath, event.requestContext.requestId);
    const isFinal = refusal.code === 'validation_failed' || refusal.code === 'not_found';
    return isFinal ? { ...response, headers: { ...response.headers, 'cache-control': `max-age=${refusalSeconds}` } } : response;
  }
};
