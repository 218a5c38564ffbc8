import { parseSchedule } from '../../../local/services/events/schedule-expression.ts';

const next = (expression: string, after: string): string | undefined => {
  const at = parseSchedule(expression, Date.parse('2026-01-01T00:00:00Z')).next(Date.parse(after));
  return at === undefined ? undefined : new Date(at).toISOString().slice(0, 16);
};

describe('parseSchedule', () => {
  it.each([
    'rate(0 minutes)',
    'rate(1 minutes)',
    'rate(2 minute)',
    'cron(0 12 * * *)',
    'cron(0 12 * * * *)',
    'cron(0 25 * * ? *)',
    'cron(0 12 ? * 8 *)',
    'at(2026-01-01)',
  ])('refuses %s', (expression) => {
    expect(() => parseSchedule(expression, 0)).toThrow('ScheduleExpression is not valid');
  });

  it.each([
    ['rate(5 minutes)', '2026-01-01T00:07:00Z', '2026-01-01T00:10'],
    ['rate(1 day)', '2026-01-01T00:00:00Z', '2026-01-02T00:00'],
    ['cron(0 12 * * ? *)', '2026-01-01T12:00:00Z', '2026-01-02T12:00'],
    ['cron(0/15 8-9 ? * MON-FRI *)', '2026-01-02T09:50:00Z', '2026-01-05T08:00'],
    ['cron(30 6 L * ? *)', '2026-02-01T00:00:00Z', '2026-02-28T06:30'],
    ['cron(0 9 ? * 6L *)', '2026-01-01T00:00:00Z', '2026-01-30T09:00'],
    ['cron(0 9 ? * 2#1 *)', '2026-01-06T00:00:00Z', '2026-02-02T09:00'],
    ['cron(0 9 1W * ? *)', '2026-07-02T00:00:00Z', '2026-08-03T09:00'],
    ['cron(0 0 29 2 ? 2028)', '2026-01-01T00:00:00Z', '2028-02-29T00:00'],
    ['cron(0 0 1 1 ? 2025)', '2026-01-01T00:00:00Z', undefined],
  ])('%s comes after %s at %s', (expression, after, expected) => {
    expect(next(expression, after)).toBe(expected);
  });
});
