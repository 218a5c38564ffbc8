import { nextCronTime, parseCron } from '../cron.ts';

const UNITS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** When a rule is due. */
export interface Schedule {
  /** The next time after this one, in milliseconds; undefined: never again. */
  next(after: number): number | undefined;
}

/**
 * `rate(5 minutes)` or `cron(0 12 * * ? *)`, in UTC.
 *
 * @param anchor what rates count from
 * @throws Error when it is neither
 */
export function parseSchedule(expression: string, anchor: number): Schedule {
  const [, value, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  if (value !== undefined) {
    const everyMs = Number(value) * (UNITS[unit] ?? 0);
    const isSingular = !expression.endsWith('s)');
    if (everyMs === 0 || (value === '1') !== isSingular) throw invalid(expression);
    return { next: (after) => anchor + (Math.floor((after - anchor) / everyMs) + 1) * everyMs };
  }
  const [, fields] = /^cron\((.+)\)$/.exec(expression) ?? [];
  const cron = fields === undefined ? undefined : parseCron(fields);
  if (cron === undefined) throw invalid(expression);
  return { next: (after) => nextCronTime(cron, after + 1, 'UTC') };
}

const invalid = (expression: string): Error => new Error(`Parameter ScheduleExpression is not valid: ${expression}`);
