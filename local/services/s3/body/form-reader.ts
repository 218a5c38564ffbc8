import type { Readable } from 'node:stream';
import { invalidArgument, s3Error } from '../s3-error.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html: the fields before the file may have 20,000 bytes. */
const MAX_FIELD_BYTES = 20_000;
const MAX_HEADER_BYTES = 4_096;
/** What may stand behind the file; it is ignored. */
const MAX_REST_BYTES = 64 * 1024;

/** A form as far as its file. */
export interface UploadForm {
  /** By name in lower case. */
  readonly fields: ReadonlyMap<string, string>;
  readonly fileName: string;
  /** The bytes of the file, to be read to the end. */
  readonly file: AsyncIterable<Buffer>;
}

interface PartHeaders {
  readonly name: string;
  readonly fileName: string | undefined;
}

/**
 * Reads an HTML form up to its file, which is the last field that counts.
 *
 * @throws AwsError `MalformedPOSTRequest`, `MaxPostPreDataLengthExceeded`, `InvalidArgument`
 */
export async function readForm(body: Readable, contentType: string): Promise<UploadForm> {
  const reader = new FormReader(body, boundaryOf(contentType));
  const fields = new Map<string, string>();
  for (;;) {
    const part = await reader.next();
    if (part === undefined) throw invalidArgument('POST requires exactly one file upload per request.', 'file', '0');
    const name = part.name.toLowerCase();
    if (name === 'file') return { fields, fileName: part.fileName ?? '', file: reader.content() };
    if (fields.has(name)) throw invalidArgument('The form has this field more than once.', part.name, fields.get(name) ?? '');
    fields.set(name, await reader.text());
  }
}

function boundaryOf(contentType: string): string {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]{1,200})"|([^\s;]{1,200}))/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (!/^multipart\/form-data\b/i.test(contentType))
    throw s3Error('PreconditionFailed', undefined, { Condition: 'Bucket POST must be of the enclosure-type multipart/form-data' });
  if (boundary === undefined) throw s3Error('MalformedPOSTRequest');
  return boundary;
}

class FormReader {
  readonly #source: AsyncIterator<Buffer>;
  readonly #delimiter: Buffer;
  /** The first boundary has no line before it. */
  #buffer: Buffer = Buffer.from('\r\n');
  #fieldBytes = 0;

  constructor(body: Readable, boundary: string) {
    // A refusal in the middle must still reach the client, so the connection stays open.
    this.#source = (body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
    this.#delimiter = Buffer.from(`\r\n--${boundary}`);
  }

  /** Goes to the next part; undefined: there is none. */
  async next(): Promise<PartHeaders | undefined> {
    await this.#fill(this.#delimiter.length);
    // Only the very first part has something before its boundary, and nothing of it counts.
    if (!this.#buffer.subarray(0, this.#delimiter.length).equals(this.#delimiter)) throw s3Error('MalformedPOSTRequest');
    this.#buffer = this.#buffer.subarray(this.#delimiter.length);
    await this.#fill(2);
    const end = this.#buffer.toString('latin1', 0, 2);
    if (end === '--') return undefined;
    if (end !== '\r\n') throw s3Error('MalformedPOSTRequest');
    return readHeaders(await this.#until('\r\n\r\n', MAX_HEADER_BYTES));
  }

  /** The value of the part as text. */
  async text(): Promise<string> {
    const end = await this.#find(this.#delimiter, MAX_FIELD_BYTES);
    this.#fieldBytes += end;
    if (this.#fieldBytes > MAX_FIELD_BYTES) throw s3Error('MaxPostPreDataLengthExceeded');
    const value = this.#buffer.toString('utf8', 0, end);
    this.#buffer = this.#buffer.subarray(end);
    return value;
  }

  /** The bytes of the part, then whatever else the form holds, which nobody gets to see. */
  async *content(): AsyncGenerator<Buffer> {
    for (;;) {
      const end = this.#buffer.indexOf(this.#delimiter);
      if (end >= 0) {
        if (end > 0) yield this.#buffer.subarray(0, end);
        this.#buffer = this.#buffer.subarray(end);
        break;
      }
      // The end of what has come may be the beginning of the boundary.
      const safe = this.#buffer.length - this.#delimiter.length + 1;
      if (safe > 0) {
        yield this.#buffer.subarray(0, safe);
        this.#buffer = this.#buffer.subarray(safe);
      }
      if (!(await this.#more())) throw s3Error('IncompleteBody');
    }
    await this.#readOut();
  }

  async #readOut(): Promise<void> {
    let rest = this.#buffer.length;
    for (let piece = await this.#source.next(); piece.done !== true; piece = await this.#source.next()) {
      rest += piece.value.length;
      if (rest > MAX_REST_BYTES) throw invalidArgument('The file must be the last field of the form.', 'file', '');
    }
  }

  /** Takes what stands before a text, and the text with it. */
  async #until(text: string, limit: number): Promise<string> {
    const mark = Buffer.from(text);
    // The line break behind the boundary belongs to the first header.
    const end = await this.#find(mark, limit);
    const before = this.#buffer.toString('utf8', 0, end);
    this.#buffer = this.#buffer.subarray(end + mark.length);
    return before;
  }

  async #find(mark: Buffer, limit: number): Promise<number> {
    for (;;) {
      const at = this.#buffer.indexOf(mark);
      if (at >= 0) return at;
      if (this.#buffer.length > limit + mark.length) throw s3Error('MaxPostPreDataLengthExceeded');
      if (!(await this.#more())) throw s3Error('MalformedPOSTRequest');
    }
  }

  async #fill(length: number): Promise<void> {
    while (this.#buffer.length < length) if (!(await this.#more())) throw s3Error('MalformedPOSTRequest');
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#source.next();
    if (done === true) return false;
    this.#buffer = this.#buffer.length === 0 ? value : Buffer.concat([this.#buffer, value]);
    return true;
  }
}

function readHeaders(text: string): PartHeaders {
  const disposition = /(?:^|\r\n)content-disposition:\s*form-data\b([^\r\n]*)/i.exec(text)?.[1];
  const name = parameter(disposition, 'name');
  if (name === undefined) throw s3Error('MalformedPOSTRequest');
  return { name, fileName: parameter(disposition, 'filename') };
}

/** Browsers write a quotation mark as `%22`, curl as `\"`. */
function parameter(disposition = '', name: string): string | undefined {
  const value = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]+))`, 'i').exec(disposition);
  const text = value?.[1] ?? value?.[2];
  return text
    ?.replace(/\\(["\\])/g, '$1')
    .replaceAll('%22', '"')
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n');
}
