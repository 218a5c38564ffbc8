const UNITS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const MINUTE_MS = 60_000;
const DAY_MS = UNITS['day'] as number;
/** How far ahead a time is looked for: cron expressions name years up to 2199. */
const MAX_YEAR = 2199;

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
  const parts = fields?.trim().split(/\s+/) ?? [];
  if (parts.length !== 6) throw invalid(expression);
  return cron(parts as CronFields, expression);
}

type CronFields = [minutes: string, hours: string, days: string, months: string, weekdays: string, years: string];

function cron([minutes, hours, days, months, weekdays, years]: CronFields, expression: string): Schedule {
  if ((days === '?') === (weekdays === '?')) throw invalid(expression);
  const inMinute = numbers(minutes, { min: 0, max: 59 }, expression);
  const inHour = numbers(hours, { min: 0, max: 23 }, expression);
  const inMonth = numbers(months, { min: 1, max: 12, names: MONTHS }, expression);
  const inYear = numbers(years, { min: 1970, max: MAX_YEAR }, expression);
  const onDay = days === '?' ? weekdayTest(weekdays, expression) : dayTest(days, expression);
  const isDue = (date: Date): boolean => inYear(date.getUTCFullYear()) && inMonth(date.getUTCMonth() + 1) && onDay(date);
  return {
    next: (after) => {
      const first = Math.floor(after / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
      for (let day = Math.floor(first / DAY_MS) * DAY_MS; new Date(day).getUTCFullYear() <= MAX_YEAR; day += DAY_MS) {
        if (!isDue(new Date(day))) continue;
        for (let at = Math.max(day, first); at < day + DAY_MS; at += MINUTE_MS) {
          const date = new Date(at);
          if (inHour(date.getUTCHours()) && inMinute(date.getUTCMinutes())) return at;
        }
      }
      return undefined;
    },
  };
}

interface Field {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

/** `1,5-7,0/15` and `*` */
function numbers(text: string, field: Field, expression: string): (value: number) => boolean {
  if (text === '*' || text === '?') return () => true;
  const taken = new Set<number>();
  for (const part of text.split(',')) {
    const [range = '', step] = part.split('/');
    const [from = '', to] = range.split('-');
    const first = from === '*' ? field.min : number(from, field, expression);
    const last = to !== undefined ? number(to, field, expression) : step !== undefined ? field.max : first;
    const by = step === undefined ? 1 : number(step, { min: 1, max: field.max }, expression);
    for (let value = first; value <= last; value += by) taken.add(value);
  }
  return (value) => taken.has(value);
}

function number(text: string, { min, max, names = [] }: Field, expression: string): number {
  const named = names.indexOf(text.toUpperCase());
  const value = named === -1 ? Number(text) : named + min;
  if (text === '' || !Number.isInteger(value) || value < min || value > max) throw invalid(expression);
  return value;
}

/** Days of the month; `L` is the last one, `15W` the weekday nearest to the 15th. */
function dayTest(text: string, expression: string): (date: Date) => boolean {
  if (text === 'L') return (date) => date.getUTCDate() === lastDay(date);
  const [, near] = /^(\d+)W$/.exec(text) ?? [];
  if (near !== undefined) return (date) => date.getUTCDate() === nearestWeekday(date, Number(near));
  const isIn = numbers(text, { min: 1, max: 31 }, expression);
  return (date) => isIn(date.getUTCDate());
}

/** Days of the week, 1 is Sunday; `6L` is the last Friday of the month, `6#3` the third. */
function weekdayTest(text: string, expression: string): (date: Date) => boolean {
  const [, day, last, nth] = /^(\w+?)(?:(L)|#([1-5]))$/.exec(text) ?? [];
  if (day !== undefined) {
    const weekday = number(day, { min: 1, max: 7, names: DAYS }, expression);
    return (date) => {
      if (date.getUTCDay() + 1 !== weekday) return false;
      return last === 'L' ? date.getUTCDate() + 7 > lastDay(date) : Math.ceil(date.getUTCDate() / 7) === Number(nth);
    };
  }
  const isIn = numbers(text === 'L' ? '7' : text, { min: 1, max: 7, names: DAYS }, expression);
  return (date) => isIn(date.getUTCDay() + 1);
}

const lastDay = (date: Date): number => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();

function nearestWeekday(date: Date, wanted: number): number {
  const day = Math.min(wanted, lastDay(date));
  const weekday = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), day)).getUTCDay();
  if (weekday === 6) return day === 1 ? day + 2 : day - 1;
  if (weekday === 0) return day === lastDay(date) ? day - 2 : day + 1;
  return day;
}

const invalid = (expression: string): Error => new Error(`Parameter ScheduleExpression is not valid: ${expression}`);
