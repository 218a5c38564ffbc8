import type { SchemaError, Validator } from '../../contracts/compiled.ts';
import { ApiError } from '../../contracts/errors.ts';
import { functionLimits } from '../../contracts/functions.ts';
import type { ApiReply } from '../runtime/request.ts';
import { Reply } from './reply.ts';

/** What Lambda wraps around the answer, with the headers that every answer has. */
const envelopeBytes = 16_384;
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
const headerValue = /^[\t\x20-\x7e]{0,8192}$/;
/** What the gateway and the runtime set. */
const ownHeaders: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'x-request-id',
]);

/** Why an answer cannot be sent. It is for the log: the caller learns only that it was so. */
export class BadAnswer extends ApiError {
  readonly why: string;

  constructor(why: string, cause?: unknown) {
    super('function_bad_response', 'The function answered what it must not. Report the requestId.', { cause });
    this.why = why;
  }
}

/** Node tells the whole way around a circle, and the log has it below. */
const firstLineOf = (thrown: unknown): string => (thrown instanceof Error ? (thrown.message.split('\n')[0] ?? '') : String(thrown));

const serialized = (value: unknown): string => {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new BadAnswer(`the answer cannot be written as JSON: ${firstLineOf(cause)}`, cause);
  }
  if (text === undefined) throw new BadAnswer(`the answer is ${typeof value}, which JSON does not have`);
  return text;
};

const faultOf = ({ instancePath, keyword, params }: SchemaError): string =>
  `${instancePath || 'the answer'} breaks ${keyword} ${JSON.stringify(params)}`;

/** The text is what is looked at: what JSON leaves out or changes must not count. */
const checkSchema = (text: string, validator: Validator): void => {
  if (validator(JSON.parse(text))) return;
  const faults = (validator.errors ?? []).slice(0, 5).map(faultOf);
  throw new BadAnswer(`the answer is not as \`output\` says: ${faults.join('; ')}`);
};

const tooLarge = (): BadAnswer =>
  new BadAnswer(`the answer is larger than ${functionLimits.replyBytes} bytes, which is all that Lambda takes: store it as a file`);

const checkBytes = (bytes: Uint8Array): void => {
  // Lambda gets them in base64.
  if (Math.ceil(bytes.byteLength / 3) * 4 > functionLimits.replyBytes - envelopeBytes) throw tooLarge();
};

const checkSize = (text: string): void => {
  // Lambda writes the answer as a string of JSON, in which quotes and line ends take two bytes.
  const isShort = text.length * 6 < functionLimits.replyBytes - envelopeBytes;
  if (!isShort && Buffer.byteLength(JSON.stringify(text)) > functionLimits.replyBytes - envelopeBytes) throw tooLarge();
};

const checkHeaders = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      const key = name.toLowerCase();
      if (!headerName.test(name) || ownHeaders.has(key)) throw new BadAnswer(`the header ${JSON.stringify(name)} cannot be set`);
      if (typeof value !== 'string' || !headerValue.test(value)) {
        throw new BadAnswer(`the header ${name} has a value with line ends or other characters that headers do not take`);
      }
      return [key, value];
    }),
  );

const checkStatus = (status: number | undefined): void => {
  if (status !== undefined && (!Number.isInteger(status) || status < 200 || status > 599)) {
    throw new BadAnswer(`the status is ${String(status)}: use 200 to 599`);
  }
};

const jsonReply = (value: unknown, validator: Validator | undefined): ApiReply => {
  const text = serialized(value);
  if (validator !== undefined) checkSchema(text, validator);
  checkSize(text);
  return { text };
};

const fullReply = ({ status, headers, body }: Reply, validator: Validator | undefined): ApiReply => {
  checkStatus(status);
  const checked = checkHeaders(headers);
  if (body === undefined) return { status: status ?? 204, headers: checked };
  if (body instanceof Uint8Array && validator === undefined) {
    checkBytes(body);
    return {
      bytes: body,
      ...(status !== undefined && { status }),
      headers: { 'content-type': 'application/octet-stream', ...checked },
    };
  }
  const isText = typeof body === 'string' && validator === undefined;
  const isSuccess = (status ?? 200) < 300;
  if (!isText) return { ...jsonReply(body, isSuccess ? validator : undefined), ...(status !== undefined && { status }), headers: checked };
  checkSize(body);
  return { text: body, ...(status !== undefined && { status }), headers: { 'content-type': 'text/plain; charset=utf-8', ...checked } };
};

/**
 * What a function returned as an answer of the API.
 *
 * @param validator that of `output`
 * @throws BadAnswer for what cannot be sent, or is not as declared
 */
export const checkAnswer = (value: unknown, kind: 'call' | 'http', validator: Validator | undefined): ApiReply => {
  if (value instanceof Reply) {
    if (kind === 'call')
      throw new BadAnswer('a call is answered with its output, not with reply(): use an http trigger for statuses and headers');
    return fullReply(value, validator);
  }
  // JSON makes `{}` of it.
  if (value instanceof Response) throw new BadAnswer('the answer is a Response: return reply({ status, headers, body }) in its place');
  if (kind === 'http' && value === undefined && validator === undefined) return { status: 204 };
  return jsonReply(value, validator);
};
