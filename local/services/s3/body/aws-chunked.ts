import { s3Error } from '../s3-error.ts';

/** A chunk of AWS's SDKs has 64 KiB to some MiB; a line has a size and a signature. */
const MAX_LINE_BYTES = 8_192;
const EMPTY = Buffer.alloc(0);

/** Reads lines and counted bytes from a stream. */
class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  #buffer: Buffer = EMPTY;

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** @param atEnd given when nothing is left. @default - that is an error */
  async line(atEnd?: string): Promise<string> {
    for (;;) {
      const end = this.#buffer.indexOf('\r\n');
      if (end >= 0) {
        const line = this.#buffer.toString('latin1', 0, end);
        this.#buffer = this.#buffer.subarray(end + 2);
        return line;
      }
      if (this.#buffer.length > MAX_LINE_BYTES) throw s3Error('InvalidRequest', 'The chunked body has a line that is too long.');
      if (await this.#more()) continue;
      if (atEnd === undefined || this.#buffer.length > 0) throw s3Error('IncompleteBody');
      return atEnd;
    }
  }

  /** Whether nothing is left. */
  async ended(): Promise<boolean> {
    return this.#buffer.length === 0 && !(await this.#more());
  }

  async *bytes(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0; ) {
      if (this.#buffer.length === 0 && !(await this.#more())) throw s3Error('IncompleteBody');
      const piece = this.#buffer.subarray(0, left);
      this.#buffer = this.#buffer.subarray(piece.length);
      left -= piece.length;
      if (piece.length > 0) yield piece;
    }
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#source.next();
    if (done === true) return false;
    this.#buffer = this.#buffer.length === 0 ? value : Buffer.concat([this.#buffer, value]);
    return true;
  }
}

/**
 * Takes the chunks of a body apart that AWS's SDKs sent as `aws-chunked`. The signatures of the chunks are not checked, as those
 * of headers are not.
 *
 * @param trailers is given what stands behind the last chunk, names in lower case
 * @throws AwsError `IncompleteBody`, `InvalidRequest`
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
export async function* decodeAwsChunked(source: AsyncIterable<Buffer>, trailers: Map<string, string>): AsyncGenerator<Buffer> {
  const reader = new ByteReader(source);
  try {
    for (;;) {
      const size = chunkSize(await reader.line());
      if (size === 0) break;
      yield* reader.bytes(size);
      if ((await reader.line()) !== '') throw s3Error('InvalidRequest', 'A chunk of the body is longer than it says.');
    }
    for (let line = await reader.line(''); line !== ''; line = await reader.line('')) {
      const colon = line.indexOf(':');
      if (colon > 0) trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
    }
    if (!(await reader.ended())) throw s3Error('InvalidRequest', 'Something stands behind the last chunk of the body.');
  } finally {
    await reader.close();
  }
}

function chunkSize(line: string): number {
  const [size = ''] = line.split(';');
  if (!/^[0-9a-fA-F]{1,12}$/.test(size)) throw s3Error('InvalidRequest', 'The chunked body has a chunk without a valid size.');
  return Number.parseInt(size, 16);
}
