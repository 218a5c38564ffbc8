import { Code, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { AnyFilter } from '../../contracts/filter.ts';
import { type FunctionDefinition, type Functions as FunctionDefinitions, functionLimits } from '../../contracts/functions.ts';
import { variables } from '../../contracts/variables.ts';
import type { Api } from '../api/api.ts';
import { eventStreams } from '../api/bundle-function.ts';
import type { Grant } from '../api/create-role.ts';
import { FeatureFunction, type FunctionOptions, type ReadyCode } from '../api/feature-function.ts';
import type { FunctionParts } from '../api/function-parts.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';
import { connect, consume, createWorkQueue, type Pace, type WorkQueue } from '../api/work-queue.ts';
import type { AuthSource } from '../auth-source.ts';
import type { Stage } from '../stage.ts';
import { accessParts } from './access-parts.ts';
import { checkShapes } from './check-shapes.ts';
import { compileFunction, type FunctionPlan } from './compile-function.ts';
import { createDoor, type DoorProps, doorPlan, needsDoor, ownPlan } from './create-door.ts';
import { createFront, frontPlan, needsFront } from './create-front.ts';
import { functionModules, hasMessages, type MessageSchemas } from './function-module.ts';
import type { FoldersSource, FunctionEvents, InboundSource, RecordsSource, SenderSource, SignUps } from './function-sources.ts';
import { pythonCode } from './python-code.ts';
import { scheduleRuns } from './schedule-runs.ts';

export interface FunctionsProps extends Omit<FunctionOptions, 'memorySizeMb'> {
  readonly functions: FunctionDefinitions;
  /** The API that gets the routes and calls of functions. */
  readonly api: Api;
  /** Whose access tokens count, and which groups there are: an `Auth`, or a user pool and client of your own. */
  readonly auth: AuthSource & Partial<SignUps>;
  /** What happens: an `Events`. Needed by functions that run on events, schedules or queues. @default none */
  readonly events?: FunctionEvents;
  /** The records that functions may use: a `Data`. @default none */
  readonly records?: RecordsSource;
  /** The files that functions may use: a `Files`. @default none */
  readonly files?: FoldersSource;
  /** A `Push`. @default none */
  readonly push?: SenderSource;
  /** An `Email`. @default none */
  readonly email?: SenderSource;
  /** An `Analytics`. @default none */
  readonly analytics?: SenderSource;
  /** An `Inbound`. @default none */
  readonly inbound?: InboundSource;
  /** @default that of the API */
  readonly stage?: Stage;
}

/** A function of the definition, as it is deployed. */
export interface DeployedFunction {
  readonly function: FeatureFunction;
  /** What answers its calls and requests, where it is not written for Node and has any. */
  readonly front?: FeatureFunction;
  /** What uses the backend for it, where it is not written for Node and uses any of it. */
  readonly door?: FeatureFunction;
  /** Where messages and events go that it could not handle at all tries. */
  readonly deadLetters: readonly WorkQueue['deadLetters'][];
}

/** Queues of a function, by the id of their event source mapping. */
interface FunctionQueues {
  readonly events: readonly WorkQueue[];
  readonly schedules: WorkQueue | undefined;
  readonly messages: WorkQueue | undefined;
}

type OwnParts = Pick<FunctionParts, 'environment' | 'grants'>;

const { attempts } = functionLimits;
const eventsPace = { batchSize: 10, maxConcurrency: 50 } as const;
/** What Lambda takes at the least. */
const leastConcurrency = 2;
/** One run at a time is what schedules want. */
const schedulesPace = { batchSize: 1, maxConcurrency: leastConcurrency } as const;

/**
 * Code of your own: functions that run on calls, requests, events, schedules and messages.
 *
 * @example
 * ```ts
 * const functions = new Functions(this, 'Functions', {
 *   api, auth, events, records: data,
 *   functions: { quote: fn({ entry: 'functions/quote.ts', on: [call('quote', { … })], access: [use.data('Product', 'read')] }) },
 * });
 * functions.functions.quote?.function.logGroup;
 * ```
 */
export class Functions extends Construct {
  /** By name. */
  readonly functions: Readonly<Record<string, DeployedFunction>>;

  private readonly props: FunctionsProps;
  private readonly messageQueues: Readonly<Record<string, WorkQueue>>;
  private readonly messageSchemas: MessageSchemas;

  /** @throws Error for every mistake in the functions; it names the option, shows the value and says what to do */
  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id);
    this.props = props;
    checkShapes(props.functions);
    const definitions = Object.entries(props.functions);
    const usable = {
      models: Object.keys(props.records?.models ?? {}),
      folders: Object.keys(props.files?.folders ?? {}),
      push: props.push !== undefined,
      email: props.email !== undefined,
      analytics: props.analytics !== undefined,
      inbound: props.inbound?.large ?? [],
      queues: definitions.filter(([, { options }]) => options.on.some(({ kind }) => kind === 'queue')).map(([name]) => name),
      groups: props.auth.groups,
    };
    const plans = definitions.map(([name, { options }]: readonly [string, FunctionDefinition]) => compileFunction(name, options, usable));
    this.assertSources(plans);
    const places = new Map(plans.map((plan) => [plan.name, new Construct(this, plan.name)]));
    const placeOf = ({ name }: FunctionPlan): Construct => places.get(name) ?? this;
    this.messageSchemas = Object.fromEntries(plans.flatMap(({ name, queue }) => (queue === undefined ? [] : [[name, queue.schema]])));
    this.messageQueues = Object.fromEntries(
      plans
        .filter(({ queue }) => queue !== undefined)
        .map((plan) => [
          plan.name,
          createWorkQueue(placeOf(plan), 'Messages', { timeoutSeconds: receiverOf(plan).timeoutSeconds, attempts }),
        ]),
    );
    // Whoever acts as its caller asks the hooks, and so must know them.
    const ordered = [...plans].sort((left, right) => right.hooks.length - left.hooks.length);
    this.functions = Object.fromEntries(ordered.map((plan) => [plan.name, this.deploy(placeOf(plan), plan)]));
  }

  private assertSources(plans: readonly FunctionPlan[]): void {
    const { events } = this.props;
    const listener = plans.find((plan) => hasMessages(plan) || plan.access.tells.length > 0);
    if (listener !== undefined && events === undefined) {
      throw new Error(
        `functions.${listener.name} needs events, schedules or a queue, which remember what was done: give \`events\`, an Events`,
      );
    }
    const places = plans.flatMap(({ name, requests, hooks }) => [
      ...requests.map(({ request }) => ({ name, place: `${request.route.method} ${request.route.path}` })),
      ...hooks.map((hook) => ({ name, place: `before.${hook.point}${hook.point === 'signUp' ? '' : `('${hook.model}')`}` })),
    ]);
    for (const [index, { name, place }] of places.entries()) {
      const other = places.slice(0, index).find((one) => one.place === place);
      if (other !== undefined) throw new Error(`functions.${name} has ${place}, which functions.${other.name} has already: leave one out`);
    }
  }

  private createQueues(place: Construct, plan: FunctionPlan): FunctionQueues {
    const { events } = this.props;
    const listeners = listenersOf(plan);
    const { timeoutSeconds } = receiverOf(plan);
    return {
      events: listeners.flatMap(({ id, types, when }) => {
        const queue = events?.on(place, id, {
          types,
          ...(when !== undefined && { when }),
          timeoutSeconds,
          attempts,
        });
        return queue === undefined ? [] : [queue];
      }),
      schedules: plan.schedules.length === 0 ? undefined : createWorkQueue(place, 'Runs', { timeoutSeconds, attempts }),
      messages: this.messageQueues[plan.name],
    };
  }

  private deploy(place: Construct, plan: FunctionPlan): DeployedFunction {
    const queues = this.createQueues(place, plan);
    const all = [...queues.events, queues.schedules, queues.messages].filter((queue) => queue !== undefined);
    const { api, events, stage = api.stage } = this.props;
    const around = { ...this.props, stage };
    const remember = hasMessages(plan) ? events?.grantsToRemember() : undefined;
    const forQueues = { environment: remember?.environment ?? {}, grants: [...all.map(consume), ...(remember?.grants ?? [])] };
    const door = needsDoor(plan) ? this.createDoor(place, doorPlan(plan), around) : undefined;
    const isFronted = needsFront(plan);
    const target = this.createFunction(place, plan, isFronted ? undefined : forQueues, door);
    const front = isFronted ? createFront(place, frontPlan(plan), target, forQueues, around) : undefined;
    this.connectQueues(place, plan, queues, front ?? target);
    for (const [word, queue] of Object.entries({ runs: queues.schedules, messages: queues.messages })) {
      if (queue !== undefined) this.props.events?.addDeadLetters(`${plan.name}-${word}`, queue.deadLetters);
    }
    this.addRoutes(plan, front ?? target);
    this.connectHooks(plan, target);
    return { function: target, ...(front && { front }), ...(door && { door }), deadLetters: all.map(({ deadLetters }) => deadLetters) };
  }

  private connectHooks({ name, hooks }: FunctionPlan, { function: target }: FeatureFunction): void {
    const { records, auth } = this.props;
    for (const hook of hooks) {
      if (hook.point !== 'signUp') records?.connectHook(hook.model, hook.point, target);
      else if (auth.connectSignUpHook !== undefined) auth.connectSignUpHook(target);
      else throw new Error(`functions.${name} has before.signUp, but \`auth\` is none of ours: give an Auth with beforeSignUp: 'later'`);
    }
  }

  private connectQueues(
    place: Construct,
    plan: FunctionPlan,
    { events, schedules, messages }: FunctionQueues,
    target: FeatureFunction,
  ): void {
    const paced = needsFront(plan) ? oneByOne : (pace: Pace) => pace;
    events.forEach((queue, index) => {
      connect(queue, target, paced(eventsPace), `Events${index === 0 ? '' : index + 1}`);
    });
    if (schedules !== undefined) {
      connect(schedules, target, schedulesPace, 'Runs');
      scheduleRuns(place, plan.schedules, schedules);
    }
    if (messages !== undefined && plan.queue !== undefined) {
      const { batch: batchSize, windowSeconds } = plan.queue;
      connect(messages, target, paced({ batchSize, windowSeconds, maxConcurrency: eventsPace.maxConcurrency }), 'Messages');
    }
  }

  private createDoor(place: Construct, plan: FunctionPlan, around: DoorProps): FeatureFunction {
    return createDoor(place, plan, accessParts(this, plan, { ...this.props, queues: {} }), around);
  }

  private createFunction(place: Construct, whole: FunctionPlan, forQueues: OwnParts | undefined, door?: FeatureFunction): FeatureFunction {
    const { api, auth, logRetention, tracing, stage = api.stage } = this.props;
    const plan = whole.runtime === 'node' ? whole : ownPlan(whole);
    const access = accessParts(this, plan, { ...this.props, queues: this.messageQueues });
    return new FeatureFunction(place, 'Function', {
      logRetention,
      tracing,
      memorySizeMb: plan.memoryMb,
      timeoutSeconds: plan.timeoutSeconds,
      description: `The function ${plan.name}`,
      entry: codeOf(plan),
      unusedModules: [eventStreams],
      modules: { ...access.modules, ...(plan.runtime === 'node' && functionModules(plan, this.messageSchemas)) },
      environment: {
        ...access.environment,
        ...forQueues?.environment,
        ...(plan.requests.length > 0 && {
          [variables.userPoolId]: auth.userPool.userPoolId,
          [variables.userPoolClientId]: auth.userPoolClient.userPoolClientId,
        }),
        ...((plan.requests.length > 0 || Object.keys(access.modules).length > 0) && { [variables.adminGroup]: auth.adminGroup }),
        ...(door && { [variables.functionDoor]: door.function.functionName }),
        ...plan.env,
      },
      grants: [...(forQueues?.grants ?? []), ...access.grants, ...(door === undefined ? [] : [mayInvoke(door)])],
      stage,
    });
  }

  private addRoutes({ name, requests }: FunctionPlan, target: FeatureFunction): void {
    if (requests.length === 0) return;
    const { api } = this.props;
    api.addRoutes(`function-${name}`, Object.fromEntries(requests.map(({ key, request }) => [key, request.route])), target.function);
    const schemas = (word: 'input' | 'output') =>
      Object.fromEntries(requests.flatMap(({ key, [word]: schema }) => (schema === undefined ? [] : [[key, schema] as const])));
    api.describe({ requests: schemas('input'), replies: schemas('output') });
  }
}

/** Each message is a run of another function: as many of these at a time as there would be of functions. */
const oneByOne = ({ maxConcurrency, ...pace }: Pace): Pace => ({
  ...pace,
  maxConcurrency: Math.max(leastConcurrency, Math.floor(maxConcurrency / pace.batchSize)),
});

/** The plan of what gets the requests and messages of a function. */
const receiverOf = (plan: FunctionPlan): FunctionPlan => (needsFront(plan) ? frontPlan(plan) : plan);

const mayInvoke = ({ function: { functionArn } }: FeatureFunction): Grant => ({
  actions: ['lambda:InvokeFunction'],
  resources: [functionArn],
});

interface Listener {
  readonly id: string;
  readonly types: readonly string[];
  readonly when?: AnyFilter;
}

/** What has no `when` shares a queue. */
const listenersOf = ({ name, events }: FunctionPlan): readonly Listener[] => {
  const plain = [...new Set(events.filter(({ when }) => when === undefined).flatMap(({ types }) => types))];
  const ids = new Map<string, number>();
  const narrowed = events.flatMap(({ types, when }): readonly Listener[] => {
    if (when === undefined) return [];
    const words = `${name}-${types.join('-').replaceAll('.', '')}`;
    const count = (ids.get(words) ?? 0) + 1;
    ids.set(words, count);
    return [{ id: count === 1 ? words : `${words}${count}`, types, when }];
  });
  return [...(plain.length > 0 ? [{ id: `${name}-events`, types: plain }] : []), ...narrowed];
};

const codeOf = ({ runtime, entry, name }: FunctionPlan): string | ReadyCode => {
  if (runtime === 'python') return pythonCode(entry, `functions.${name}`);
  if (runtime === 'provided') return { code: Code.fromAsset(entry), handler: 'bootstrap', runtime: Runtime.PROVIDED_AL2023 };
  return lambdaEntry('functions/function-handler.ts');
};
