import { setTimeout as pause } from 'node:timers/promises';
import {
  DescribeArchiveCommand,
  DescribeEventBusCommand,
  DescribeReplayCommand,
  ListRulesCommand,
  type Rule,
  StartReplayCommand,
} from '@aws-sdk/client-eventbridge';
import type { EventsTarget } from './events-target.ts';
import { timeOf } from './option-values.ts';
import { UserError } from './user-error.ts';

/** What is replayed. */
export interface ReplayWish {
  readonly from: string;
  readonly to: string;
  /** Only to those who listen to this type. @default to all */
  readonly type?: string;
}

/** What was replayed, and to whom. */
export interface Replayed {
  readonly name: string;
  /** The names of the rules. Undefined: all. */
  readonly rules: readonly string[] | undefined;
}

const pollMs = 500;

/** Whether a pattern, or one of its alternatives, takes events of a type. */
const takesType = (type: string, pattern: unknown): boolean => {
  const { 'detail-type': types, $or: branches } = Object(pattern) as { 'detail-type'?: unknown[]; $or?: unknown[] };
  const matches = (one: unknown): boolean =>
    typeof one === 'object' && one !== null && 'prefix' in one ? type.startsWith(String(one.prefix)) : one === type;
  return (types?.some(matches) ?? true) && (branches?.some((branch) => takesType(type, branch)) ?? true);
};

/** Whether a rule takes events of a type. */
const takes = (type: string, { EventPattern }: Rule): boolean => EventPattern !== undefined && takesType(type, JSON.parse(EventPattern));

const rulesFor = async ({ eventBridge }: EventsTarget, busName: string, type: string): Promise<readonly Rule[]> => {
  const rules: Rule[] = [];
  let NextToken: string | undefined;
  do {
    const page = await eventBridge.send(new ListRulesCommand({ EventBusName: busName, ...(NextToken !== undefined && { NextToken }) }));
    // EventBridge itself has a rule for each archive.
    rules.push(...(page.Rules ?? []).filter((rule) => rule.ManagedBy === undefined && takes(type, rule)));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  if (rules.length === 0) throw new UserError(`Nobody listens to ${type}.`, 'Check the type, or leave --type out.');
  return rules;
};

interface Bus {
  readonly busName: string;
  readonly archiveName: string;
}

const busOf = ({ busName, archiveName, name }: EventsTarget): Bus => {
  if (busName !== undefined && archiveName !== undefined) return { busName, archiveName };
  throw new UserError(`In ${name} nothing listens to events.`, 'Add "events" to its definition, or a function that runs on one.');
};

const arnsOf = async ({ eventBridge }: EventsTarget, names: Bus): Promise<{ readonly bus: string; readonly archive: string }> => {
  const { Arn: bus = '' } = await eventBridge.send(new DescribeEventBusCommand({ Name: names.busName }));
  const { ArchiveArn: archive = '' } = await eventBridge.send(new DescribeArchiveCommand({ ArchiveName: names.archiveName }));
  return { bus, archive };
};

/**
 * Has the archive put what happened in a time on the bus once more, and waits for the end. Who has handled an event before does not
 * handle it again.
 */
export const replay = async (target: EventsTarget, { from, to, type }: ReplayWish): Promise<Replayed> => {
  const [start, end] = [timeOf(from, '--from'), timeOf(to, '--to')];
  if (start >= end) throw new UserError('--from is not before --to.', 'Give the beginning and the end of the time that is to come again.');
  const names = busOf(target);
  const { bus, archive } = await arnsOf(target, names);
  const rules = type === undefined ? undefined : await rulesFor(target, names.busName, type);
  const name = `plinth-${Date.now()}`;
  const FilterArns = rules?.flatMap(({ Arn }) => Arn ?? []);
  await target.eventBridge.send(
    new StartReplayCommand({
      ReplayName: name,
      EventSourceArn: archive,
      EventStartTime: start,
      EventEndTime: end,
      Destination: { Arn: bus, ...(FilterArns !== undefined && { FilterArns }) },
    }),
  );
  for (;;) {
    const { State, StateReason } = await target.eventBridge.send(new DescribeReplayCommand({ ReplayName: name }));
    if (State === 'COMPLETED') return { name, rules: rules?.flatMap(({ Name }) => Name ?? []) };
    if (State === 'FAILED' || State === 'CANCELLED') {
      throw new UserError(`The replay ${name} ended as ${State}: ${StateReason ?? 'no reason is told'}.`, 'Try again.');
    }
    await pause(pollMs);
  }
};
