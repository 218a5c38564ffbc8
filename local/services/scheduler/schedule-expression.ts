import { type Cron, nextCronTime, parseCron } from '../cron.ts';
import { instantOf, type WallTime } from '../time-zone.ts';

/** When a schedule runs. */
export type ScheduleExpression =
  | { readonly kind: 'at'; readonly time: WallTime }
  | { readonly kind: 'rate'; readonly everyMs: number }
  | { readonly kind: 'cron'; readonly cron: Cron };

const UNITS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const HOUR_MS = 3_600_000;

/** @returns undefined for what is no expression */
export function parseScheduleExpression(text: string): ScheduleExpression | undefined {
  const [, kind, content = ''] = /^(at|rate|cron)\((.*)\)$/.exec(text) ?? [];
  if (kind === 'at') {
    const time = readTime(content);
    return time && { kind, time };
  }
  if (kind === 'rate') {
    const [, value = '0', unit = ''] = /^(\d+) (minute|hour|day)s?$/.exec(content) ?? [];
    return Number(value) > 0 ? { kind, everyMs: Number(value) * (UNITS[unit] ?? 0) } : undefined;
  }
  const cron = kind === 'cron' ? parseCron(content) : undefined;
  return cron && { kind: 'cron', cron };
}

function readTime(text: string): WallTime | undefined {
  const parts = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)$/.exec(text);
  if (parts === null || Number.isNaN(Date.parse(`${text}Z`))) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number);
  // `2026-02-30` is taken for March by `Date`.
  return new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day ? { year, month, day, hour, minute, second } : undefined;
}

/** What bounds a schedule, in milliseconds since the epoch. */
export interface ScheduleBounds {
  readonly zone: string;
  readonly createdAt: number;
  readonly startDate: number | undefined;
  readonly endDate: number | undefined;
}

/** The first time after `after` at which a schedule runs; undefined when there is none any more. */
export function nextTime(
  expression: ScheduleExpression,
  after: number,
  { zone, createdAt, startDate, endDate }: ScheduleBounds,
): number | undefined {
  const next =
    expression.kind === 'at'
      ? onceAt(expression.time, zone)
      : repeatedly(expression, Math.max(after + 1, startDate ?? 0), { zone, createdAt, startDate });
  if (next === undefined || next <= after) return undefined;
  // A single time is not bounded: "EventBridge Scheduler ignores StartDate and EndDate for one-time schedules".
  return expression.kind !== 'at' && endDate !== undefined && next > endDate ? undefined : next;
}

function repeatedly(
  expression: Exclude<ScheduleExpression, { kind: 'at' }>,
  from: number,
  { zone, createdAt, startDate }: Omit<ScheduleBounds, 'endDate'>,
): number | undefined {
  if (expression.kind === 'cron') return nextCronTime(expression.cron, from, zone);
  const first = startDate ?? createdAt;
  return first + Math.max(0, Math.ceil((from - first) / expression.everyMs)) * expression.everyMs;
}

/** A time that the clocks skip comes an hour later, so that nothing that was asked for once is lost. */
function onceAt(time: WallTime, zone: string): number | undefined {
  const instant = instantOf(time, zone);
  if (instant !== undefined) return instant;
  const later = new Date(Date.UTC(time.year, time.month - 1, time.day, time.hour, time.minute, time.second) + HOUR_MS);
  return instantOf(
    { ...time, year: later.getUTCFullYear(), month: later.getUTCMonth() + 1, day: later.getUTCDate(), hour: later.getUTCHours() },
    zone,
  );
}
