import { unreachable } from './network-error.ts';
import { readProblem } from './read-answer.ts';

/** Begins to download from a link of the backend. */
export const openBytes = async (url: string, signal: AbortSignal | undefined, own: typeof fetch | undefined): Promise<Response> => {
  let response: Response;
  try {
    response = await (own ?? fetch)(url, { credentials: 'omit', ...(signal && { signal }) });
  } catch (cause) {
    throw signal?.aborted ? signal.reason : unreachable(cause);
  }
  if (!response.ok) throw readProblem(response.status, response.headers, await response.text());
  return response;
};

/** All bytes of a link. */
export const readBytes = async (url: string, signal: AbortSignal | undefined, own: typeof fetch | undefined): Promise<Blob> => {
  const response = await openBytes(url, signal, own);
  try {
    return await response.blob();
  } catch (cause) {
    throw signal?.aborted ? signal.reason : unreachable(cause);
  }
};
