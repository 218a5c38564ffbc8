import { nextTime, parseScheduleExpression } from '../../../local/services/scheduler/schedule-expression.ts';

/** The next times after an instant, as ISO texts. */
function times(
  text: string,
  from: string,
  { zone = 'UTC', count = 1, start, end }: { zone?: string; count?: number; start?: string; end?: string } = {},
): string[] {
  const expression = parseScheduleExpression(text);
  if (expression === undefined) throw new Error(`${text} is no expression`);
  const found: string[] = [];
  let after = Date.parse(from);
  const bounds = {
    zone,
    createdAt: Date.parse(from),
    startDate: start === undefined ? undefined : Date.parse(start),
    endDate: end === undefined ? undefined : Date.parse(end),
  };
  while (found.length < count) {
    const next = nextTime(expression, after, bounds);
    if (next === undefined) break;
    found.push(new Date(next).toISOString().replace(':00.000Z', 'Z'));
    after = next;
  }
  return found;
}

describe('a schedule expression', () => {
  it.each([
    'at(2026-02-30T10:00:00)',
    'at(2026-02-03 10:00)',
    'rate(0 minutes)',
    'rate(5 seconds)',
    'rate(-1 days)',
    'cron(0 10 * * * *)',
    'cron(0 10 ? * ? *)',
    'cron(60 10 * * ? *)',
    'cron(0 24 * * ? *)',
    'cron(0 10 32 * ? *)',
    'cron(0 10 ? * 8 *)',
    'cron(0 10 ? * MON#6 *)',
    'cron(0/0 10 * * ? *)',
    'cron(0 10 * * ?)',
    'every day',
    '',
  ])('is refused when it is wrong: %s', (text) => {
    expect(parseScheduleExpression(text)).toBeUndefined();
  });

  it.each<[string, string, readonly string[]]>([
    ['cron(15 10 * * ? *)', '2026-01-01T10:15:00Z', ['2026-01-02T10:15Z', '2026-01-03T10:15Z']],
    ['cron(0/20 8-9 * * ? *)', '2026-01-01T09:20:00Z', ['2026-01-01T09:40Z', '2026-01-02T08:00Z']],
    ['cron(0 18 ? * MON-FRI *)', '2026-01-02T18:00:00Z', ['2026-01-05T18:00Z']],
    ['cron(0 0 L * ? *)', '2026-02-01T00:00:00Z', ['2026-02-28T00:00Z', '2026-03-31T00:00Z']],
    ['cron(0 0 15W * ? *)', '2026-02-01T00:00:00Z', ['2026-02-16T00:00Z']],
    ['cron(0 0 ? * 6L *)', '2026-01-01T00:00:00Z', ['2026-01-30T00:00Z']],
    ['cron(0 0 ? * 3#2 *)', '2026-01-01T00:00:00Z', ['2026-01-13T00:00Z']],
    ['cron(30 5 29 FEB ? *)', '2026-01-01T00:00:00Z', ['2028-02-29T05:30Z', '2032-02-29T05:30Z']],
    ['cron(0 0 1 1 ? 2025)', '2026-01-01T00:00:00Z', []],
  ])('%s runs at its times', (text, from, expected) => {
    expect(times(text, from, { count: Math.max(expected.length, 1) })).toEqual(expected);
  });

  it('leaves out a time that the clocks skip in spring', () => {
    const options = { zone: 'Europe/Berlin', count: 3 };
    expect(times('cron(30 2 * * ? *)', '2026-03-28T00:00:00Z', options)).toEqual([
      '2026-03-28T01:30Z',
      '2026-03-30T00:30Z',
      '2026-03-31T00:30Z',
    ]);
  });

  it('runs once at a time that the clocks show twice in autumn', () => {
    const options = { zone: 'America/New_York', count: 2 };
    expect(times('cron(30 1 * * ? *)', '2026-11-01T00:00:00Z', options)).toEqual(['2026-11-01T05:30Z', '2026-11-02T06:30Z']);
  });

  it('keeps the hour on the clocks of its zone over the change', () => {
    expect(times('cron(0 9 * * ? *)', '2026-03-28T00:00:00Z', { zone: 'Europe/Berlin', count: 2 })).toEqual([
      '2026-03-28T08:00Z',
      '2026-03-29T07:00Z',
    ]);
  });

  it.each([
    ['Asia/Kolkata', '2026-05-01T12:00:00', '2026-05-01T06:30Z'],
    ['Europe/Berlin', '2026-03-29T02:30:00', '2026-03-29T01:30Z'],
    ['America/New_York', '2026-11-01T01:30:00', '2026-11-01T05:30Z'],
  ])('at() goes by the clocks of %s', (zone, time, expected) => {
    expect(times(`at(${time})`, '2026-01-01T00:00:00Z', { zone, count: 2 })).toEqual([expected]);
  });

  it('rate() counts from the start date, within the bounds', () => {
    const bounds = { start: '2026-01-01T12:00:00Z', end: '2026-01-01T13:00:00Z', count: 5 };
    expect(times('rate(30 minutes)', '2026-01-01T00:00:00Z', bounds)).toEqual([
      '2026-01-01T12:00Z',
      '2026-01-01T12:30Z',
      '2026-01-01T13:00Z',
    ]);
  });
});
