import { webhooks } from '@compiled/webhooks';
import type { FieldError } from '../../contracts/errors.ts';
import { webhookLimits } from '../../contracts/webhooks.ts';
import { passesFilter } from '../../contracts/webhooks-options.ts';
import { escapePointer } from '../runtime/json-pointer.ts';
import { validationError } from '../runtime/validate-body.ts';

/** Headers that are ours, or that the connection is made of (RFC 9110, section 7.6.1). */
const reserved: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te', 'trailer', 'transfer-encoding'],
  ...['upgrade', 'host', 'content-length', 'content-type', 'content-encoding', 'expect', 'user-agent'],
]);
const isReserved = (name: string): boolean => reserved.has(name) || name.startsWith('webhook-') || name.startsWith('svix-');

/** A filter that nothing passes is a slip of the pen. */
const filterFaults = (events: readonly string[]): readonly FieldError[] =>
  events.flatMap((filter, index) => {
    if (filter === '*' || webhooks.types.some((type) => passesFilter(type, filter))) return [];
    const detail = `No event of this type is sent. Those that are: ${webhooks.types.join(', ')}.`;
    return [{ pointer: `/events/${index}`, code: 'invalid_value', detail }];
  });

const headerFaults = (headers: Readonly<Record<string, string>>): readonly FieldError[] => {
  const names = Object.keys(headers);
  const lower = names.map((name) => name.toLowerCase());
  return [
    ...(names.length > webhookLimits.headers
      ? [{ pointer: '/headers', code: 'too_many_items', detail: `Headers allowed: ${webhookLimits.headers} or fewer.` }]
      : []),
    ...names.flatMap((name, index) => {
      const pointer = `/headers/${escapePointer(name)}`;
      if (isReserved(name.toLowerCase()))
        return [{ pointer, code: 'invalid_value', detail: 'This header is set by the server. Leave it out.' }];
      if (lower.indexOf(name.toLowerCase()) < index) return [{ pointer, code: 'duplicate', detail: 'Name the header once.' }];
      return [];
    }),
  ];
};

/** What of an endpoint its schema does not say. */
export interface GivenEndpoint {
  readonly events?: readonly string[] | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** @throws ApiError `validation_failed` */
export const checkEndpoint = ({ events = [], headers = {} }: GivenEndpoint): void => {
  const faults = [...filterFaults(events), ...headerFaults(headers)];
  if (faults.length > 0) throw validationError(faults);
};

/** Headers with their names in lower case. */
export const lowerCased = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
