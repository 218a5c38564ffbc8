import type { JsonOperation } from '../json-call.ts';
import { checkPattern, matchesPattern } from '../lambda/event-pattern.ts';
import { AwsError, type AwsRequest, type LocalContext } from '../service.ts';
import { checkEntry, type EntryFailure, type EventEntry, entryBytes, eventOf, MAX_ENTRIES_BYTES } from './bus-event.ts';
import { type Buses, notFound } from './buses.ts';
import type { Accepted, EventDeliveries } from './event-deliveries.ts';
import type { EventsStore } from './events-store.ts';
import { busNameOf, eventsArn, type Rule, ruleArn } from './rule.ts';

export interface EventsParts {
  readonly buses: Buses;
  readonly store: EventsStore;
  readonly deliveries: EventDeliveries;
  readonly context: LocalContext;
}

const MAX_ENTRIES = 10;

export function busOperations(parts: EventsParts): Readonly<Record<string, JsonOperation>> {
  const { buses, context } = parts;
  return {
    PutEvents: ({ Entries }, request) => putEvents(parts, Entries, request),
    TestEventPattern: ({ EventPattern, Event }) => {
      try {
        const pattern: unknown = JSON.parse(String(EventPattern));
        checkPattern(pattern);
        return { Result: matchesPattern(pattern, JSON.parse(String(Event))) };
      } catch (cause) {
        throw new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${(cause as Error).message}`, { cause });
      }
    },
    ListEventBuses: ({ NamePrefix = '' }, request) => {
      request.authorize('events:ListEventBuses', eventsArn(context.account, 'event-bus/*'));
      const found = buses.list().filter(({ name }) => name.startsWith(String(NamePrefix)));
      return { EventBuses: found.map(({ name, arn }) => ({ Name: name, Arn: arn })) };
    },
    DescribeEventBus: ({ Name }, request) => {
      request.authorize('events:DescribeEventBus', eventsArn(context.account, `event-bus/${busNameOf(Name)}`));
      return { Name: busNameOf(Name), Arn: buses.arnOf(Name) };
    },
  };
}

export function ruleOperations({ buses, context }: EventsParts): Readonly<Record<string, JsonOperation>> {
  const find = ({ Name, EventBusName }: Readonly<Record<string, unknown>>, request: AwsRequest, action: string): Rule => {
    const arn = ruleArn(context.account, busNameOf(EventBusName), String(Name));
    request.authorize(`events:${action}`, arn);
    const rule = buses.rule(arn);
    if (rule === undefined) throw notFound(`Rule ${String(Name)} does not exist on EventBus ${busNameOf(EventBusName)}.`);
    return rule;
  };
  const shown = (rule: Rule) => ({
    Name: rule.name,
    Arn: rule.arn,
    EventBusName: rule.busName,
    State: buses.isEnabled(rule) ? 'ENABLED' : 'DISABLED',
    ...(rule.pattern !== undefined && { EventPattern: JSON.stringify(rule.pattern) }),
    ...(rule.schedule !== undefined && { ScheduleExpression: rule.schedule }),
  });
  return {
    ListRules: ({ EventBusName, NamePrefix = '' }, request) => {
      request.authorize('events:ListRules', eventsArn(context.account, 'rule/*'));
      const busName = busNameOf(EventBusName);
      const found = buses.rules().filter((rule) => rule.busName === busName && rule.name.startsWith(String(NamePrefix)));
      return { Rules: found.map(shown) };
    },
    DescribeRule: (input, request) => shown(find(input, request, 'DescribeRule')),
    EnableRule: (input, request) => {
      buses.enable(find(input, request, 'EnableRule'), true);
      return {};
    },
    DisableRule: (input, request) => {
      buses.enable(find(input, request, 'DisableRule'), false);
      return {};
    },
    ListTargetsByRule: ({ Rule: Name, EventBusName }, request) => {
      const { targets } = find({ Name, EventBusName }, request, 'ListTargetsByRule');
      return { Targets: targets.map(({ id, arn }) => ({ Id: id, Arn: arn })) };
    },
  };
}

function putEvents({ buses, deliveries, context }: EventsParts, given: unknown, request: AwsRequest): object {
  const entries = Array.isArray(given) ? (given as EventEntry[]) : [];
  if (entries.length === 0 || entries.length > MAX_ENTRIES)
    throw invalid(
      `1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length from 1 to ${MAX_ENTRIES}`,
    );
  if (entries.reduce((sum, entry) => sum + entryBytes(entry), 0) > MAX_ENTRIES_BYTES)
    throw invalid('Total size of the entries in the request is over the limit.');
  for (const { EventBusName, Source = '', DetailType = '' } of entries) {
    const keys = { 'events:source': Source, 'events:detail-type': DetailType };
    request.authorize('events:PutEvents', eventsArn(context.account, `event-bus/${busNameOf(EventBusName)}`), keys);
  }
  const accepted: Accepted[] = [];
  const answers = entries.map((entry): EntryFailure | { readonly EventId: string } => {
    const failure = checkEntry(entry);
    if (failure !== undefined) return failure;
    const event = eventOf(entry, context.account, context.clock.now());
    accepted.push({ busArn: buses.arnOf(entry.EventBusName), event });
    return { EventId: event.id };
  });
  deliveries.accept(accepted);
  return { FailedEntryCount: answers.filter((answer) => 'ErrorCode' in answer).length, Entries: answers };
}

const invalid = (message: string): AwsError => new AwsError('ValidationException', message);
