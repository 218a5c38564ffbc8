import { push } from '@compiled/push';
import type { FieldError } from '../../contracts/errors.ts';
import type { PushRequest } from '../../contracts/push-schemas.ts';
import type { UserItem } from '../../contracts/push-table.ts';
import type { UserAction } from '../runtime/request.ts';
import { validationError } from '../runtime/validate-body.ts';
import { preferencesView } from './preferences-view.ts';
import { readBody } from './read-body.ts';
import { changePreferences } from './settle.ts';

type Input = PushRequest<'updatePreferences'>;

const isTimeZone = (timeZone: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    // Offsets such as +02:00 are no zones: they know nothing of summer.
    return !/^[+-]/.test(timeZone);
  } catch {
    return false;
  }
};

const faultsOf = ({ quietHours, muted = [] }: Input): readonly FieldError[] => {
  const known = push.categories.length === 0 ? 'There are none.' : `There are ${push.categories.join(', ')}.`;
  const faults = muted.flatMap((name, index): readonly FieldError[] =>
    push.categories.includes(name)
      ? []
      : [{ pointer: `/muted/${index}`, code: 'invalid_value', detail: `There is no such category. ${known}` }],
  );
  if (!quietHours) return faults;
  const { from, to, timeZone } = quietHours;
  return [
    ...faults,
    ...(isTimeZone(timeZone)
      ? []
      : [{ pointer: '/quietHours/timeZone', code: 'invalid_value', detail: 'Expected a time zone of IANA, as Europe/Berlin.' }]),
    ...(from === to
      ? [
          {
            pointer: '/quietHours/to',
            code: 'invalid_value',
            detail: 'It is the same as from. For no quiet hours, send null in place of both.',
          },
        ]
      : []),
  ];
};

/** The preferences with what a request gives; the same object if it changes nothing. */
const merge = (now: UserItem, { quietHours, muted }: Input): UserItem => {
  const { quietHours: before, ...rest } = now;
  const hours = quietHours === undefined ? before : (quietHours ?? undefined);
  const next: UserItem = {
    ...rest,
    ...(hours && { quietHours: hours }),
    ...(muted && { muted: [...new Set(muted)].sort() }),
  };
  const wants = ({ quietHours: hour, muted: mute = [] }: UserItem): string =>
    JSON.stringify([hour && [hour.from, hour.to, hour.timeZone], mute]);
  return wants(next) === wants(now) ? now : next;
};

/** PATCH: changes quiet hours and muted categories. Devices that SNS served for the caller are then served by us, and back. */
export const updatePreferences: UserAction = async (request) => {
  const input = readBody('updatePreferences', request);
  const faults = faultsOf(input);
  if (faults.length > 0) throw validationError(faults);
  return { body: preferencesView(await changePreferences(request.caller.id, (now) => merge(now, input))) };
};
