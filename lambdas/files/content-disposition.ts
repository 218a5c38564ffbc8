import { isActiveType } from '../../contracts/media-types.ts';

/** RFC 5987, `attr-char`: `encodeURIComponent` leaves four more as they are. */
const extended = (name: string): string =>
  encodeURIComponent(name).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/** What old clients get: no quotes or escapes, and no `%`, which some of them decode (RFC 6266, appendix D). */
const plain = (name: string): string => name.replace(/[^\x20-\x7e]|["\\%]/g, '_');

/** A browser may show it. PDF is not shown, since the viewers of browsers do not run under the sandbox that all files are served with. */
const isShown = (type: string): boolean => !isActiveType(type) && type !== 'application/pdf';

/**
 * How a browser treats the bytes (RFC 6266): types that may run are always saved, never shown.
 *
 * @param saved the caller wants it saved, whatever its type
 */
export const contentDisposition = (name: string, type: string, saved = false): string => {
  const kind = saved || !isShown(type) ? 'attachment' : 'inline';
  return `${kind}; filename="${plain(name)}"; filename*=UTF-8''${extended(name)}`;
};
