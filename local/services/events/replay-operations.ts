import type { JsonOperation } from '../json-call.ts';
import { AwsError, type AwsRequest } from '../service.ts';
import { type Archive, notFound } from './buses.ts';
import type { Replay } from './events-store.ts';
import type { EventsParts } from './operations.ts';
import { eventsArn } from './rule.ts';

const seconds = (ms: number): number => Math.floor(ms / 1_000);

/** Archives, and what brings their events back. */
export function replayOperations(parts: EventsParts): Readonly<Record<string, JsonOperation>> {
  const { buses, store, context } = parts;
  const find = (name: unknown, request: AwsRequest, action: string): Replay => {
    request.authorize(`events:${action}`, eventsArn(context.account, `replay/${String(name)}`));
    const replay = store.replays().find((one) => one.name === name);
    if (replay === undefined) throw notFound(`Replay ${String(name)} does not exist.`);
    return replay;
  };
  return {
    DescribeArchive: ({ ArchiveName }, request) => {
      const arn = eventsArn(context.account, `archive/${String(ArchiveName)}`);
      request.authorize('events:DescribeArchive', arn);
      return shownArchive(parts, buses.archive(arn));
    },
    ListArchives: ({ NamePrefix = '' }, request) => {
      request.authorize('events:ListArchives', eventsArn(context.account, 'archive/*'));
      return { Archives: buses.archives.filter(({ name }) => name.startsWith(String(NamePrefix))).map((one) => shownArchive(parts, one)) };
    },
    StartReplay: (input, request) => startReplay(parts, input, request),
    DescribeReplay: ({ ReplayName }, request) => shownReplay(parts, find(ReplayName, request, 'DescribeReplay')),
    ListReplays: (_input, request) => {
      request.authorize('events:ListReplays', eventsArn(context.account, 'replay/*'));
      return { Replays: store.replays().map((replay) => shownReplay(parts, replay)) };
    },
    CancelReplay: ({ ReplayName }, request) => {
      find(ReplayName, request, 'CancelReplay');
      throw new AwsError('IllegalStatusException', `Replay ${String(ReplayName)} is not in a valid state for this operation.`);
    },
  };
}

/** All events of a replay are on their way, or none. */
function startReplay(
  { buses, store, deliveries, context }: EventsParts,
  input: Readonly<Record<string, unknown>>,
  request: AwsRequest,
): object {
  const { ReplayName: name, EventSourceArn, EventStartTime, EventEndTime, Destination, Description } = input;
  const arn = eventsArn(context.account, `replay/${String(name)}`);
  request.authorize('events:StartReplay', arn);
  const archive = buses.archive(String(EventSourceArn));
  const { Arn: busArn, FilterArns = [] } = Object(Destination) as { Arn?: string; FilterArns?: string[] };
  const [from, to] = [Number(EventStartTime) * 1_000, Number(EventEndTime) * 1_000];
  if (!(from < to)) throw invalid('EventStartTime must be before EventEndTime.');
  // "You can only replay events back to the same event bus."
  if (busArn !== archive.busArn) throw invalid('Cross event bus replay is not permitted.');
  if (typeof name !== 'string' || !/^[\w.-]{1,64}$/.test(name)) throw invalid('Parameter ReplayName is not valid.');
  if (store.replays().some((replay) => replay.name === name))
    throw new AwsError('ResourceAlreadyExistsException', `Replay ${name} already exists.`);
  const startedAt = context.clock.now();
  store.database.transaction(() => {
    const events = store.archived(archive.name, { from, to });
    deliveries.accept(events.map((event) => ({ busArn, event: { ...event, 'replay-name': name }, onlyRules: FilterArns })));
    const last = events.at(-1);
    store.addReplay({
      ...{ name, archiveArn: archive.arn, busArn, filterArns: FilterArns, from, to, startedAt, endedAt: context.clock.now() },
      description: typeof Description === 'string' ? Description : undefined,
      lastReplayedAt: last === undefined ? undefined : Date.parse(last.time),
    });
  });
  return { ReplayArn: arn, State: 'STARTING', ReplayStartTime: seconds(startedAt) };
}

function shownArchive({ store }: EventsParts, { name, arn, busArn, pattern, retentionDays, description }: Archive): object {
  const { events, bytes } = store.size(name);
  return {
    ArchiveName: name,
    ArchiveArn: arn,
    EventSourceArn: busArn,
    State: 'ENABLED',
    RetentionDays: retentionDays,
    EventCount: events,
    SizeBytes: bytes,
    ...(description !== undefined && { Description: description }),
    ...(pattern !== undefined && { EventPattern: JSON.stringify(pattern) }),
  };
}

function shownReplay({ context }: EventsParts, replay: Replay): object {
  return {
    ReplayName: replay.name,
    ReplayArn: eventsArn(context.account, `replay/${replay.name}`),
    State: 'COMPLETED',
    EventSourceArn: replay.archiveArn,
    Destination: { Arn: replay.busArn, FilterArns: replay.filterArns },
    EventStartTime: seconds(replay.from),
    EventEndTime: seconds(replay.to),
    ReplayStartTime: seconds(replay.startedAt),
    ReplayEndTime: seconds(replay.endedAt),
    ...(replay.lastReplayedAt !== undefined && { EventLastReplayedTime: seconds(replay.lastReplayedAt) }),
    ...(replay.description !== undefined && { Description: replay.description }),
  };
}

const invalid = (message: string): AwsError => new AwsError('ValidationException', message);
