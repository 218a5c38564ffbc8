import { randomUUID } from 'node:crypto';
import type { LocalContext } from '../service.ts';
import { eventTime } from './bus-event.ts';
import type { Buses } from './buses.ts';
import type { EventDeliveries } from './event-deliveries.ts';
import type { EventsStore } from './events-store.ts';
import type { Rule } from './rule.ts';
import { parseSchedule, type Schedule } from './schedule-expression.ts';

/** The run's clock may be moved, so it is looked at so often. */
const LOOK_INTERVAL_MS = 250;

interface Planned {
  readonly rule: Rule;
  readonly schedule: Schedule;
  nextAt: number | undefined;
}

/** Triggers rules by the run's clock. Times that nobody was there for are left out, as is all but the last one of a time that was skipped. */
export class Schedules {
  readonly #planned: readonly Planned[];
  readonly #parts: { readonly buses: Buses; readonly deliveries: EventDeliveries; readonly context: LocalContext };
  readonly #timer: NodeJS.Timeout | undefined;
  #lookedAt: number;

  constructor(parts: { buses: Buses; deliveries: EventDeliveries; store: EventsStore; context: LocalContext }) {
    this.#parts = parts;
    const now = parts.context.clock.now();
    this.#lookedAt = now;
    this.#planned = parts.buses.rules().flatMap((rule) => {
      if (rule.schedule === undefined) return [];
      const schedule = parseSchedule(rule.schedule, parts.store.anchorOf(rule.arn, rule.schedule, now));
      return [{ rule, schedule, nextAt: schedule.next(now) }];
    });
    if (this.#planned.length === 0) return;
    this.#timer = setInterval(() => this.#look(), LOOK_INTERVAL_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { buses, context } = this.#parts;
    const now = context.clock.now();
    // A clock that was put back begins anew.
    if (now < this.#lookedAt) for (const planned of this.#planned) planned.nextAt = planned.schedule.next(now);
    this.#lookedAt = now;
    for (const planned of this.#planned) {
      const { rule, schedule, nextAt } = planned;
      if (nextAt === undefined || nextAt > now) continue;
      if (buses.isEnabled(rule) && !this.#trigger(rule, nextAt)) continue;
      planned.nextAt = schedule.next(now);
    }
  }

  /** @returns false to be asked again: a full disk takes nothing */
  #trigger(rule: Rule, at: number): boolean {
    const { deliveries, context } = this.#parts;
    const { accountId: account, region } = context.account;
    const event = { version: '0' as const, id: randomUUID(), 'detail-type': 'Scheduled Event', source: 'aws.events', account };
    try {
      deliveries.trigger(rule, { ...event, time: eventTime(at), region, resources: [rule.arn], detail: {} });
      return true;
    } catch (error) {
      context.log.error('events', `${rule.name} could not be triggered, it is tried again: ${String(error)}`);
      return false;
    }
  }
}
