const rate = /^rate\(([1-9][0-9]{0,8}) (minute|hour|day)(s?)\)$/;
const cron = /^cron\(([^()]+)\)$/;

const names = { month: 'JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC', day: 'SUN|MON|TUE|WED|THU|FRI|SAT' };
const list = (item: string): RegExp => new RegExp(`^(?:${item})(?:,(?:${item}))*$`, 'i');
const range = (value: string): string => `(?:\\*|(?:${value})(?:-(?:${value}))?)(?:/[0-9]+)?`;

/** The fields of `cron()` ("Schedule types in EventBridge Scheduler", Cron-based schedules). */
const fields = [
  { name: 'minutes', form: list(range('[0-5]?[0-9]')) },
  { name: 'hours', form: list(range('[01]?[0-9]|2[0-3]')) },
  { name: 'day of the month', form: list(`\\?|L|(?:[1-9]|[12][0-9]|3[01])W|${range('[1-9]|0[1-9]|[12][0-9]|3[01]')}`) },
  { name: 'month', form: list(range(`[1-9]|0[1-9]|1[0-2]|${names.month}`)) },
  { name: 'day of the week', form: list(`\\?|L|(?:[1-7])(?:L|#[1-5])|${range(`[1-7]|${names.day}`)}`) },
  { name: 'year', form: list(range('19[7-9][0-9]|2[01][0-9]{2}')) },
] as const;

const checkCron = (text: string, expression: string, at: string): void => {
  const given = text.trim().split(/\s+/);
  if (given.length !== fields.length) {
    throw new Error(`${at} is ${expression} with ${given.length} fields: write six, ${fields.map(({ name }) => name).join(', ')}`);
  }
  fields.forEach(({ name, form }, index) => {
    const value = given[index] ?? '';
    if (!form.test(value)) throw new Error(`${at} is ${expression}: ${JSON.stringify(value)} is no value for the ${name}`);
  });
  if ((given[2] === '?') === (given[4] === '?')) {
    throw new Error(`${at} is ${expression}: either the day of the month or the day of the week must be "?", and the other must not`);
  }
};

/**
 * Checks an expression and a time zone as EventBridge Scheduler does.
 *
 * @throws Error that says what is wrong
 */
export const checkSchedule = ({ expression, timeZone }: { readonly expression: string; readonly timeZone: string }, at: string): void => {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch (cause) {
    throw new Error(`${at} has the time zone ${JSON.stringify(timeZone)}: use a name of the IANA database, such as Europe/Berlin`, {
      cause,
    });
  }
  const [, count, unit, plural] = rate.exec(expression) ?? [];
  if (count !== undefined && unit !== undefined) {
    if ((count === '1') === (plural === '')) return;
    throw new Error(`${at} is ${expression}: write ${count === '1' ? unit : `${unit}s`}`);
  }
  const text = cron.exec(expression)?.[1];
  if (text === undefined) throw new Error(`${at} is ${JSON.stringify(expression)}: write rate(5 minutes), or cron(0 3 * * ? *)`);
  checkCron(text, expression, at);
};
