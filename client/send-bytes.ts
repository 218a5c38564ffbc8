import type { ErrorCode } from '../contracts/errors.ts';
import { NetworkError, unreachable } from './network-error.ts';
import type { PlinthError } from './plinth-error.ts';
import { problemError } from './read-answer.ts';

/** Bytes on their way to the store. */
export interface BytesRequest {
  readonly method: 'POST' | 'PUT';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Blob | FormData;
  /** Bytes of the file in the body. */
  readonly sizeBytes: number;
  readonly signal: AbortSignal;
  /** Called as bytes of the file go out, where the platform tells. */
  readonly onSent: (sentBytes: number) => void;
}

/** A try is given up when nothing has moved for so long. */
const stallMs = 60_000;
/** Where nothing tells whether bytes move, a try may take as long as this slow a line needs: 16 KB/s. */
const slowBytesPerMs = 16;

/** The part of the browser's `XMLHttpRequest` that is used here. `fetch` does not tell how much it has sent. */
interface XhrLike {
  status: number;
  responseText: string;
  readonly upload: { onprogress: ((event: { readonly loaded: number; readonly total: number }) => void) | null };
  onload: (() => void) | null;
  onerror: (() => void) | null;
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  send(body: unknown): void;
  abort(): void;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

const stalled = (): NetworkError => new NetworkError('timeout', `No bytes could be sent for ${stallMs / 1_000} s.`);

const sendByXhr = (request: BytesRequest, xhr: XhrLike): Promise<Answer> =>
  new Promise((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout>;
    const end = (outcome: () => void): void => {
      clearTimeout(timer);
      request.signal.removeEventListener('abort', stop);
      outcome();
    };
    const stop = (): void => {
      xhr.abort();
      end(() => reject(request.signal.reason));
    };
    const moved = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        xhr.abort();
        end(() => reject(stalled()));
      }, stallMs);
    };
    xhr.upload.onprogress = ({ loaded, total }) => {
      moved();
      // A form is larger than the file in it.
      request.onSent(total > 0 ? Math.floor((loaded / total) * request.sizeBytes) : 0);
    };
    xhr.onload = () => end(() => resolve({ status: xhr.status, text: xhr.responseText }));
    xhr.onerror = () => end(() => reject(unreachable()));
    request.signal.addEventListener('abort', stop);
    moved();
    xhr.open(request.method, request.url);
    for (const [name, value] of Object.entries(request.headers)) xhr.setRequestHeader(name, value);
    xhr.send(request.body);
  });

const sendByFetch = async ({ method, url, headers, body, sizeBytes, signal }: BytesRequest, send: typeof fetch): Promise<Answer> => {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), stallMs + sizeBytes / slowBytesPerMs);
  const stop = (): void => deadline.abort();
  signal.addEventListener('abort', stop);
  try {
    const response = await send(url, { method, headers, body, signal: deadline.signal, credentials: 'omit', redirect: 'error' });
    return { status: response.status, text: await response.text() };
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw deadline.signal.aborted ? stalled() : unreachable(cause);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
};

/** What S3's codes mean here ("Error responses" of the Amazon S3 API reference). Others go by their status. */
const meaning: Readonly<Record<string, readonly [status: number, code: ErrorCode]>> = {
  EntityTooLarge: [413, 'file_too_large'],
  EntityTooSmall: [400, 'checksum_mismatch'],
  BadDigest: [400, 'checksum_mismatch'],
  XAmzContentSHA256Mismatch: [400, 'checksum_mismatch'],
  InvalidDigest: [400, 'checksum_mismatch'],
  NoSuchUpload: [404, 'not_found'],
  // S3 answers 400 when bytes came too slowly.
  RequestTimeout: [503, 'timeout'],
  SlowDown: [503, 'unavailable'],
};

const refusal = ({ status, text }: Answer): PlinthError => {
  const word = /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? '';
  const told = /<Message>([^<]*)<\/Message>/.exec(text)?.[1];
  const [known, code] = meaning[word] ?? [status, undefined];
  return problemError(known, { code, detail: `The store did not take the bytes: ${told ?? `status ${status}`}` });
};

/**
 * Sends bytes of a file to the store.
 *
 * @param own the application's `fetch`; undefined for the platform's ways
 * @throws PlinthError when the store refuses them
 * @throws NetworkError when it cannot be reached, or nothing moves
 */
export const sendBytes = async (request: BytesRequest, own: typeof fetch | undefined): Promise<void> => {
  if (request.signal.aborted) throw request.signal.reason;
  const { XMLHttpRequest: Xhr } = globalThis as { XMLHttpRequest?: new () => XhrLike };
  const answer = await (own === undefined && Xhr !== undefined ? sendByXhr(request, new Xhr()) : sendByFetch(request, own ?? fetch));
  if (answer.status < 200 || answer.status > 299) throw refusal(answer);
};
