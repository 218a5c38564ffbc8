import type { ErrorCode, FieldError } from '../contracts/errors.ts';
import { invalidAnswer } from './network-error.ts';
import { PlinthError } from './plinth-error.ts';

/** DynamoDB stores 32 levels; an expanded list of records adds fewer than ten. */
const maxDepth = 64;
const prohibitedKeys: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/** Walks without recursion, so that no depth can exhaust the stack. */
const assertHarmless = (root: unknown): void => {
  const pending: [value: unknown, depth: number][] = [[root, 0]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [value, depth] = next;
    if (typeof value !== 'object' || value === null) continue;
    if (depth > maxDepth) throw invalidAnswer('it is nested too deeply');
    if (!Array.isArray(value) && prohibitedKeys.some((key) => Object.hasOwn(value, key))) throw invalidAnswer('it has a prohibited key');
    for (const member of Object.values(value)) pending.push([member, depth + 1]);
  }
};

/** The JSON of an answer; undefined for an empty one. Its keys cannot harm an application that merges it into its own objects. */
export const parseAnswer = (text: string): unknown => {
  if (text === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalidAnswer('it is not JSON', cause);
  }
  assertHarmless(value);
  return value;
};

/** An object of an answer, for further checks. */
export const expectObject = (value: unknown): Readonly<Record<string, unknown>> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalidAnswer('an object is missing');
  return value as Readonly<Record<string, unknown>>;
};

/** A page of a list. */
export const expectPage = <P>(value: unknown): P => {
  const { items, cursor } = expectObject(value);
  if (!Array.isArray(items) || (cursor !== undefined && typeof cursor !== 'string')) throw invalidAnswer('a page is missing');
  items.forEach(expectObject);
  return value as P;
};

/** What a gateway or proxy means that answers in the backend's place, with a text of its own. */
const codeByStatus: Readonly<Record<number, ErrorCode>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'unknown_route',
  405: 'method_not_allowed',
  413: 'body_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  429: 'rate_limited',
  502: 'unavailable',
  503: 'unavailable',
  504: 'timeout',
};

const codeOf = (status: number, code: unknown): ErrorCode => {
  if (typeof code === 'string' && /^[a-z_]{1,64}$/.test(code)) return code as ErrorCode;
  return codeByStatus[status] ?? (status < 500 ? 'validation_failed' : 'internal_error');
};

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value.slice(0, 2_000) : undefined);

const fieldErrorsOf = (value: unknown): readonly FieldError[] =>
  (Array.isArray(value) ? value.slice(0, 100) : []).flatMap((entry: Partial<FieldError> | null) => {
    const pointer = typeof entry?.pointer === 'string' ? entry.pointer : undefined;
    const code = textOf(entry?.code);
    return pointer === undefined || code === undefined ? [] : [{ pointer, code, detail: textOf(entry?.detail) ?? code }];
  });

/** `Retry-After` is a number of seconds or a date (RFC 9110, 10.2.3). */
const secondsOf = (retryAfter: string | null): number | undefined => {
  if (retryAfter === null) return undefined;
  const seconds = /^\d+$/.test(retryAfter) ? Number(retryAfter) : (Date.parse(retryAfter) - Date.now()) / 1_000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
};

/** The error that a problem's body stands for. */
export const problemError = (status: number, body: Readonly<Record<string, unknown>>, headers?: Headers): PlinthError => {
  const detail = textOf(body['detail']) ?? textOf(body['message']) ?? `The backend answered with status ${status}.`;
  return new PlinthError(codeOf(status, body['code']), detail, {
    status,
    requestId: textOf(body['requestId']) ?? textOf(headers?.get('x-request-id')),
    errors: fieldErrorsOf(body['errors']),
    retryAfterSeconds: secondsOf(headers?.get('retry-after') ?? null),
    reason: textOf(body['reason']),
  });
};

/** The error that an answer with a status of 400 or more stands for, whoever wrote it and however badly. */
export const readProblem = (status: number, headers: Headers, text: string): PlinthError => {
  let body: Readonly<Record<string, unknown>> = {};
  try {
    body = expectObject(parseAnswer(text));
  } catch {
    // A load balancer's page of HTML: the status says enough.
  }
  return problemError(status, body, headers);
};
