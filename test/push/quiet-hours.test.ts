import { quietUntil } from '../../lambdas/push/quiet-hours.ts';

const at = (text: string): number => Date.parse(text);
const end = (from: string, to: string, timeZone: string, now: string): string | undefined => {
  const until = quietUntil({ from, to, timeZone }, at(now));
  return until === undefined ? undefined : new Date(until).toISOString();
};

describe('quietUntil', () => {
  it.each([
    ['before they begin', '22:00', '07:00', 'Europe/Berlin', '2026-01-10T20:59:59Z'],
    ['when they have ended', '22:00', '07:00', 'Europe/Berlin', '2026-01-11T06:00:00Z'],
    ['when they have no length', '07:00', '07:00', 'UTC', '2026-01-11T07:00:00Z'],
  ])('is not quiet %s', (_, from, to, zone, now) => {
    expect(end(from, to, zone, now)).toBeUndefined();
  });

  it.each([
    ['over midnight', '22:00', '07:00', 'Europe/Berlin', '2026-01-10T21:00:00Z', '2026-01-11T06:00:00.000Z'],
    ['within a day', '12:30', '14:10', 'UTC', '2026-01-10T13:00:30Z', '2026-01-10T14:10:00.000Z'],
    ['in the last minute', '22:00', '07:00', 'UTC', '2026-01-10T06:59:59.999Z', '2026-01-10T07:00:00.000Z'],
    ['in a zone of quarters of hours', '22:00', '07:07', 'Asia/Kathmandu', '2026-01-10T17:00:00Z', '2026-01-11T01:22:00.000Z'],
    [
      'over a clock that is put forward: the night is an hour shorter',
      '22:00',
      '07:00',
      'Europe/Berlin',
      '2026-03-28T22:00:00Z',
      '2026-03-29T05:00:00.000Z',
    ],
    [
      'over a clock that is put back: an hour longer',
      '22:00',
      '07:00',
      'Europe/Berlin',
      '2026-10-24T21:00:00Z',
      '2026-10-25T06:00:00.000Z',
    ],
    [
      'to an end that the clock skips: with the first minute after it',
      '22:00',
      '02:30',
      'Europe/Berlin',
      '2026-03-28T23:00:00Z',
      '2026-03-29T01:00:00.000Z',
    ],
    ['nearly all day', '00:01', '00:00', 'UTC', '2026-01-10T00:01:00Z', '2026-01-11T00:00:00.000Z'],
  ])('ends %s', (_, from, to, zone, now, expected) => {
    expect(end(from, to, zone, now)).toBe(expected);
  });
});
