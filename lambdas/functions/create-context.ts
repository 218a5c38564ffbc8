import { definition } from '@compiled/function';
import { createBackend, createEvents, createInbound, createQueues, createSecrets } from '@compiled/function-parts';
import type { BackendEvent } from '../../contracts/events.ts';
import type { Caller } from '../runtime/request.ts';
import type { FunctionLog } from './function-log.ts';
import type { CallingUser } from './function-types.ts';
import { createRunIds } from './run-ids.ts';
import { withIds } from './with-ids.ts';

/** Why the function runs, and for how long. */
export interface Occasion {
  readonly requestId: string;
  remainingMs(): number;
  /** Who called. Undefined in a run that nobody called. */
  readonly caller?: Caller;
  /** The same at each try of the same run. Undefined: nobody tries it again. */
  readonly runId?: string;
  /** The event that is handled. */
  readonly handled?: Pick<BackendEvent, 'id' | 'depth' | 'actor'>;
}

interface ContextOptions extends Occasion {
  readonly signal: AbortSignal;
  readonly log: FunctionLog;
}

const userOf = (caller: Caller | undefined): CallingUser | undefined =>
  caller?.kind === 'user' ? { id: caller.id, username: caller.username, groups: caller.groups } : undefined;

const unused = (what: string, words: string): TypeError =>
  new TypeError(`this function may not use ${what}: name it in the function's \`access\` by ${words}`);

/** What is made at the first use, so that a run pays for nothing else. */
const lazily = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

const env = Object.freeze(Object.fromEntries(definition.env.map((name) => [name, process.env[name] ?? ''])));
const queues = lazily(() => createQueues && namedOnly(createQueues()));
const secrets = lazily(() => createSecrets?.());
const inbound = lazily(() => createInbound?.());

/** Who a function is where it acts as the system. */
export const systemFor = ({ caller, handled }: Occasion): Caller => {
  const actor = caller?.kind === 'user' ? caller.id : handled?.actor;
  return {
    kind: 'system',
    ...(actor !== undefined && { actor }),
    ...(handled && { cause: { id: handled.id, depth: handled.depth } }),
  };
};

/** The types name the queues of all functions, so that one may be asked for that this function may not fill. */
const namedOnly = <T extends object>(queues: T): T =>
  new Proxy(queues, {
    get: (target, name) => {
      if (typeof name === 'string' && !(name in target)) throw unused(`the queue of ${name}`, `use.queue('${name}')`);
      return Reflect.get(target, name);
    },
  });

const required = <T>(value: T | undefined, what: string, words: string): T => {
  if (value === undefined) throw unused(what, words);
  return value;
};

/** What the code of the function works with. */
export const createContext = ({ signal, log, ...occasion }: ContextOptions): object => {
  const { caller, requestId, runId, handled } = occasion;
  const ids = createRunIds(runId && `${definition.name} ${runId}`);
  const backendAs = (who: Caller) =>
    required(createBackend, 'the backend', 'use.data, use.files, use.push, use.email or use.analytics')(who, occasion);
  const system = lazily(() => backendAs(systemFor(occasion)));
  const asCaller = lazily(() => {
    if (caller === undefined)
      throw new TypeError('nobody called this run, so that there is no caller to act as: use ctx.data and the like');
    const backend = backendAs(caller);
    return { ...backend, email: backend.admin.email };
  });
  const user = userOf(caller);
  const actor = user?.id ?? handled?.actor;
  const events = lazily(() =>
    required(createEvents, 'events', 'use.events')({ ...(handled && { handled }), ...(actor !== undefined && { actor }) }, ids),
  );
  return {
    get data() {
      return system().data;
    },
    get files() {
      return system().files;
    },
    get push() {
      return system().push;
    },
    get email() {
      return system().admin.email;
    },
    get analytics() {
      return withIds(system().analytics, ids);
    },
    get batch() {
      return system().batch;
    },
    get transaction() {
      return system().transaction;
    },
    get asCaller() {
      return asCaller();
    },
    get events() {
      return events();
    },
    get inbound() {
      return required(inbound(), 'bodies of inbound webhooks', 'use.inbound');
    },
    get queues() {
      return required(queues(), 'queues', 'use.queue');
    },
    get secrets() {
      return required(secrets(), 'secrets', 'its option `secrets`');
    },
    env,
    log,
    user,
    requestId,
    signal,
  };
};
