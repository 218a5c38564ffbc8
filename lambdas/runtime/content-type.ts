import { ApiError } from '../../contracts/errors.ts';
import type { Route } from '../../contracts/route.ts';

const jsonOnly: readonly string[] = ['application/json'];

/** Refuses a body whose media type, charset or encoding this route does not take. */
export const assertMediaType = (route: Route, headers: Readonly<Record<string, string>>): void => {
  const accepted = route.mediaTypes ?? jsonOnly;
  const refused = (detail: string): ApiError =>
    new ApiError('unsupported_media_type', detail, { headers: { 'accept-post': accepted.join(', ') } });
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') throw refused('Send the body without a Content-Encoding.');
  const [mediaType = '', ...parameters] = (headers['content-type'] ?? '').split(';').map((part) => part.trim().toLowerCase());
  if (!accepted.includes(mediaType)) throw refused(`Send the body as ${accepted.join(' or ')}.`);
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice('charset='.length)
    .replaceAll('"', '');
  if (charset !== undefined && charset !== 'utf-8') throw refused('Send the body in UTF-8.');
};
