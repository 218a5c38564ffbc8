import { callJson, type JsonOperation } from '../json-call.ts';
import {
  AwsError,
  type AwsRequest,
  type AwsResponse,
  type LocalContext,
  type LocalService,
  type LocalTool,
  type ResolvedResource,
} from '../service.ts';
import { ApiDestinations } from './api-destinations.ts';
import { eventOf } from './bus-event.ts';
import { Buses } from './buses.ts';
import { EventDeliveries } from './event-deliveries.ts';
import { EventsStore } from './events-store.ts';
import { busOperations, type EventsParts, ruleOperations } from './operations.ts';
import { replayOperations } from './replay-operations.ts';
import { Schedules } from './schedules.ts';

/** An entry as services of AWS hand it on: the names are those of events. */
interface HandedEntry {
  readonly source?: string;
  readonly 'detail-type'?: string;
  readonly detail?: unknown;
  readonly resources?: readonly string[];
  /** An ISO time. */
  readonly time?: string;
}

/** So many events are shown at a time. */
const SHOWN = 50;
const MAX_SHOWN = 1_000;

/** EventBridge of a local run. */
export class EventsService implements LocalService {
  /** `GET /_plinth/events?limit=50`: what the archives have, newest first. */
  readonly tools: Readonly<Record<string, LocalTool>> = {
    'GET /events': ({ query }) => this.#parts.store.latest(Math.min(Math.max(1, Number(query.get('limit') ?? SHOWN) || SHOWN), MAX_SHOWN)),
  };
  readonly #parts: EventsParts;
  readonly #operations: Readonly<Record<string, JsonOperation>>;
  readonly #schedules: Schedules;

  constructor(resources: readonly ResolvedResource[], context: LocalContext) {
    const store = new EventsStore(context.folder);
    const buses = new Buses(resources, store, context);
    const deliveries = new EventDeliveries({ buses, store, context, destinations: new ApiDestinations(resources, context) });
    this.#parts = { buses, store, deliveries, context };
    this.#operations = { ...busOperations(this.#parts), ...ruleOperations(this.#parts), ...replayOperations(this.#parts) };
    this.#schedules = new Schedules({ buses, deliveries, store, context });
    deliveries.start();
  }

  handle(request: AwsRequest): Promise<AwsResponse> {
    return callJson(this.#operations, request);
  }

  /** Takes an event of another service: `{ source, detail-type, detail, resources, time }` as JSON. */
  async deliver(busArn: string, message: string): Promise<void> {
    const { buses, deliveries, context } = this.#parts;
    const { source, detail, resources = [], time, ...rest } = Object(JSON.parse(message)) as HandedEntry;
    const detailType = rest['detail-type'];
    if (typeof source !== 'string' || typeof detailType !== 'string')
      throw new AwsError('InvalidArgument', 'An event has a source and a detail-type.');
    const entry = { Source: source, DetailType: detailType, Detail: JSON.stringify(detail ?? {}), Resources: resources };
    const event = eventOf({ ...entry, ...(time !== undefined && { Time: time }) }, context.account, context.clock.now());
    deliveries.accept([{ busArn: buses.arnOf(busArn), event }]);
  }

  async dump(): Promise<unknown> {
    return { ...this.#parts.store.dump(), deliveries: this.#parts.deliveries.dump() };
  }

  async dispose(): Promise<void> {
    this.#schedules.stop();
    await this.#parts.deliveries.stop();
    this.#parts.store.close();
  }
}
