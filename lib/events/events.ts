import { Duration } from 'aws-cdk-lib';
import { AttributeType, BillingMode, type ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Archive, EventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { CompiledModel } from '../../contracts/compiled.ts';
import { type DestinationOptions, destinationQueue } from '../../contracts/event-destinations.ts';
import { type EventsOptions, eventAttempts, eventSource, handledTable, type OwnEvents, userEvents } from '../../contracts/events.ts';
import { variables } from '../../contracts/variables.ts';
import type { FeatureFunction, FeatureFunctionProps, FunctionOptions } from '../api/feature-function.ts';
import type { WorkQueue } from '../api/work-queue.ts';
import { dataRemovalPolicy, type Stage, tableEncryption } from '../stage.ts';
import { allTypes, checkOwnTypes, type KnownTypes, unknownTypes } from './check-types.ts';
import { compileDestination } from './compile-destination.ts';
import { createDestination, type EventDestination } from './create-destination.ts';
import { createPublisher, createRelay } from './create-publisher.ts';
import { announceDeletions, assertSameStack, createUserTrigger, type UserSource } from './create-user-trigger.ts';
import { type EventSelection, eventPattern } from './event-pattern.ts';
import { ownEventSchemas, ownEventsModule } from './events-module.ts';
import { type Subscription, subscribe } from './subscribe.ts';
import { readStream, sourceGrants, type TableSource } from './table-sources.ts';

export interface EventsProps extends EventsOptions, FunctionOptions {
  /** The records whose changes are told: a `Data`. @default none */
  readonly records?: { readonly models: Readonly<Record<string, CompiledModel>>; readonly tables: Readonly<Record<string, ITable>> };
  /** A bus of your own. @default - a new one is made */
  readonly bus?: IEventBus;
  /** @default 'development' */
  readonly stage?: Stage;
}

/** What somebody listens to, and how long the function that handles it may take. */
export interface Listener extends EventSelection {
  /** What `plinth events` calls its queue of dead letters. @default the id */
  readonly name?: string;
  /** @default 15 */
  readonly timeoutSeconds?: number;
  /** Tries, after which an event is put aside. @default 5 */
  readonly attempts?: number;
}

/** What a function needs for some of what events are. */
export type FunctionParts = Required<Pick<FeatureFunctionProps, 'environment' | 'grants' | 'modules'>>;

const defaultTimeoutSeconds = 15;

/**
 * What happens, told on a bus of EventBridge: changes of records, files and accounts, and events of the definition's own. Each is
 * delivered at least once; an archive keeps them for replays.
 *
 * @example
 * ```ts
 * const events = new Events(this, 'Events', { records: data, types: { 'order.shipped': z.object({ orderId: z.string() }) } });
 * const { queue } = events.on(this, 'Shipping', { types: ['Order.created'], when: { paid: true } });
 * ```
 */
export class Events extends Construct {
  readonly bus: IEventBus;
  /** Keeps what was sent on the bus. */
  readonly archive: Archive;
  /** Puts what the streams of tables tell on the bus. */
  readonly publisher: FeatureFunction;
  /** What is published later, and (`deadLetters`) what could not be published. */
  readonly relay: WorkQueue;
  /** Remembers which consumer has handled which event. */
  readonly handledTable: ITable;
  readonly stage: Stage;
  /** The APIs of `destinations`, by name. */
  readonly destinations: Readonly<Record<string, EventDestination>>;

  private readonly functionOptions: FunctionOptions;
  private readonly types: OwnEvents;
  private readonly models: Readonly<Record<string, CompiledModel>>;
  private readonly sources: TableSource[] = [];
  private readonly queues = new Map<string, IQueue>();
  private readonly listeners: { readonly path: string; readonly types: readonly string[] }[] = [];
  private users: readonly string[] = [];
  private trigger: FeatureFunction | undefined;

  /** @throws Error for every mistake in the options; it names the prop, shows the value and says what to do */
  constructor(scope: Construct, id: string, props: EventsProps = {}) {
    super(scope, id);
    this.stage = props.stage ?? 'development';
    const { memorySizeMb, logRetention, tracing } = props;
    this.functionOptions = { memorySizeMb, logRetention, tracing };
    this.types = props.types ?? {};
    this.models = props.records?.models ?? {};
    checkOwnTypes(this.types);
    this.bus = props.bus ?? new EventBus(this, 'Bus');
    this.archive = this.createArchive(props.archiveDays ?? (this.stage === 'production' ? 30 : 1));
    this.relay = createRelay(this);
    this.queues.set('events', this.relay.deadLetters);
    this.handledTable = this.createHandledTable();
    const { bus, relay, models, sources } = this;
    this.publisher = createPublisher(this, { ...this.functionOptions, stage: this.stage, bus, relay, models, sources });
    for (const model of Object.keys(this.models)) this.addTable({ kind: 'model', model, table: this.tableOf(props, model) });
    this.destinations = this.createDestinations(props.destinations ?? {});
    this.node.addValidation({ validate: () => this.unheardOf() });
  }

  /**
   * Has the changes of a table told.
   *
   * @throws Error for a table without a stream, and for a table that is told of already
   */
  addTable(source: TableSource): void {
    const known = this.sources.find(({ table }) => table === source.table);
    if (known !== undefined) throw new Error(`the changes of ${source.table.node.path} are told already (${known.kind}): add a table once`);
    this.sources.push(source);
    for (const grant of sourceGrants(source)) this.publisher.addGrant(grant);
    readStream(this, source, this.publisher, this.relay.deadLetters);
  }

  /**
   * Has it told when people confirm their accounts, sign in and delete their accounts.
   *
   * @param told `deletions`: only the last of it, so that no trigger is asked when somebody signs in
   * @throws Error for a user pool that is not made in this app: it takes no triggers from here; and for one of another stack
   */
  addUsers(source: UserSource, told: 'everything' | 'deletions' = 'everything'): void {
    if (this.users.length > 0) throw new Error('the events of accounts are told already: add them once');
    assertSameStack(this, source);
    const { queue } = this.relay;
    if (told === 'everything') this.trigger = createUserTrigger(this, source, { queue, stage: this.stage, ...this.functionOptions });
    this.users = told === 'everything' ? userEvents : ['user.deleted'];
    announceDeletions(source, queue);
    this.publisher.function.addEnvironment(variables.userPoolId, source.userPool.userPoolId);
    this.publisher.addGrant({ actions: ['cognito-idp:AdminGetUser'], resources: [source.userPool.userPoolArn] });
  }

  /**
   * Has matching events put into a queue of their own, for the event source mapping of a function. What `attempts` tries could not
   * handle is put aside in `deadLetters`.
   *
   * @throws Error for a `when` that a pattern of EventBridge cannot express
   */
  on(
    scope: Construct,
    id: string,
    { name = id, types, when, timeoutSeconds = defaultTimeoutSeconds, attempts = eventAttempts }: Listener,
  ): Subscription {
    const path = `${scope.node.path}/${id}`;
    if (types.length === 0) throw new Error(`${path} listens to no event type: name one`);
    this.listeners.push({ path, types });
    const pattern = eventPattern({ types, when }, this.models, path);
    const subscription = subscribe(scope, id, { bus: this.bus, pattern, timeoutSeconds, attempts });
    this.addDeadLetters(name, subscription.deadLetters);
    return subscription;
  }

  /** Lists a queue of dead letters among those that `plinth events` looks after. */
  addDeadLetters(name: string, queue: IQueue): void {
    if (this.queues.has(name)) this.queues.set(`${name}-${queue.node.addr.slice(-8)}`, queue);
    else this.queues.set(name, queue);
  }

  /**
   * What a function needs to send events of the definition's own.
   *
   * @param types @default all of `types`
   * @throws Error for a type that is not among `types`
   */
  grantsToSend(types: readonly string[] = Object.keys(this.types)): FunctionParts {
    const own = types.map((type) => {
      const schema = this.types[type];
      if (schema === undefined) {
        throw new Error(
          `${JSON.stringify(type)} is no event type of the definition: use one of ${Object.keys(this.types).join(', ') || 'events.types (it is empty)'}`,
        );
      }
      return [type, schema] as const;
    });
    // A statement takes one value a condition, so that each type is a statement of its own.
    const grants = types.map((type) => ({
      actions: ['events:PutEvents'],
      resources: [this.bus.eventBusArn],
      conditions: { StringEquals: { 'events:detail-type': type, 'events:source': eventSource } },
    }));
    return {
      environment: { [variables.eventBus]: this.bus.eventBusName },
      grants,
      modules: { '@compiled/own-events': ownEventsModule(Object.fromEntries(own)) },
    };
  }

  /** What a consumer needs to handle each event once (lambdas/runtime/handled-events.ts). */
  grantsToRemember(): Omit<FunctionParts, 'modules'> {
    return {
      environment: { [variables.handledEventsTable]: this.handledTable.tableName },
      grants: [{ actions: ['dynamodb:DeleteItem', 'dynamodb:UpdateItem'], resources: [this.handledTable.tableArn] }],
    };
  }

  /** All event types that there are so far. */
  get eventTypes(): readonly string[] {
    return allTypes(this.knownTypes());
  }

  /** The function that Cognito calls when somebody has confirmed or signed in. Undefined where that is not told. */
  get userTrigger(): FeatureFunction | undefined {
    return this.trigger;
  }

  /** The queues of dead letters by what they are of. */
  get deadLetters(): ReadonlyMap<string, IQueue> {
    return this.queues;
  }

  private createDestinations(options: Readonly<Record<string, DestinationOptions>>): Readonly<Record<string, EventDestination>> {
    const known = { models: this.models, own: ownEventSchemas(this.types) };
    const scope = new Construct(this, 'Destinations');
    return Object.fromEntries(
      Object.entries(options).map(([name, one]) => {
        const at = `events.destinations.${name}`;
        if (!/^[A-Za-z][A-Za-z0-9-]{0,39}$/.test(name))
          throw new Error(`${at}: begin its name with a letter, and use at most 40 letters, digits and -`);
        const compiled = compileDestination(one, known, at);
        this.listeners.push({ path: at, types: compiled.types });
        const pattern = eventPattern(compiled, this.models, at);
        const everything = eventPattern({ types: compiled.types }, this.models, at);
        const created = createDestination(scope, name, { bus: this.bus, pattern, everything, compiled });
        this.addDeadLetters(destinationQueue(name), created.deadLetters);
        return [name, created];
      }),
    );
  }

  private tableOf({ records }: EventsProps, model: string): ITable {
    const table = records?.tables[model];
    if (table === undefined) throw new Error(`records.tables has no table of ${model}: add it`);
    return table;
  }

  private knownTypes(): KnownTypes {
    return {
      models: Object.keys(this.models),
      own: Object.keys(this.types),
      outboxes: this.sources.flatMap((source) => (source.kind === 'outbox' ? source.types : [])),
      users: this.users,
      files: this.sources.some(({ kind }) => kind === 'files'),
    };
  }

  private unheardOf(): string[] {
    const known = this.knownTypes();
    return this.listeners.flatMap(({ path, types }) =>
      unknownTypes(types, known).map(
        (type) =>
          `${path} listens to ${JSON.stringify(type)}, which never happens: use the events of a model, of a feature that is there, or of events.types`,
      ),
    );
  }

  private createArchive(days: number): Archive {
    if (!Number.isInteger(days) || days < 1) throw new Error(`events.archiveDays is ${days}: use a whole number of days from 1`);
    return new Archive(this, 'Archive', {
      sourceEventBus: this.bus,
      eventPattern: { source: [eventSource] },
      retention: Duration.days(days),
    });
  }

  private createHandledTable(): Table {
    return new Table(this, 'Handled', {
      partitionKey: { name: handledTable.partitionKey, type: AttributeType.STRING },
      timeToLiveAttribute: handledTable.timeToLive,
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: tableEncryption(this.stage),
      removalPolicy: dataRemovalPolicy(this.stage),
    });
  }
}
