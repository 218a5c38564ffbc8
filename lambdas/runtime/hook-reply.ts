import { ApiError } from '../../contracts/errors.ts';
import { type HookRefusal, hookLimits, hookStatuses } from '../../contracts/hooks.ts';
import { parseJsonObject } from './json-body.ts';
import { isObject } from './merge-patch.ts';

type Values = Readonly<Record<string, unknown>>;

const hasOnly = (value: Values, names: readonly string[]): boolean => Object.keys(value).every((name) => names.includes(name));

const isRefusal = (value: unknown): value is HookRefusal => {
  if (!isObject(value) || !hasOnly(value, ['detail', 'code', 'status'])) return false;
  const { detail, code, status } = value;
  return (
    typeof detail === 'string' &&
    detail.trim() !== '' &&
    detail.length <= hookLimits.detailLength &&
    (code === undefined || (typeof code === 'string' && hookLimits.code.test(code))) &&
    (status === undefined || hookStatuses.some((each) => each === status))
  );
};

/** The refusal that a hook has asked for. */
export const hookRefused = ({ detail, code = 'refused', status = 403 }: HookRefusal): ApiError =>
  new ApiError('hook_refused', detail, { refusal: { reason: code, status } });

/** The refusal of what a hook could not be asked about. Who waits for the answer is not told why: the log is. */
export const hookFailed = (cause: unknown): ApiError =>
  new ApiError('hook_failed', 'A check of the backend failed, and nothing was written. Try again; if it goes on, report the requestId.', {
    cause,
  });

/**
 * What a hook asks to change; undefined for nothing.
 *
 * @param text the JSON of its answer
 * @throws ApiError `hook_refused`
 * @throws Error for an answer that is none
 */
export const readHookReply = (text: string): Values | undefined => {
  if (text === '' || text === 'null') return undefined;
  const reply: Values = parseJsonObject(text);
  if (Object.keys(reply).length === 1 && isRefusal(reply['refuse'])) throw hookRefused(reply['refuse']);
  if (Object.keys(reply).length === 1 && isObject(reply['amend'])) return reply['amend'];
  throw new Error('the hook answered neither nothing, nor { refuse: { detail, code, status } }, nor { amend: { … } }');
};
