import type { FunctionAccess, FunctionOptions } from '../../contracts/functions.ts';

type DataOperation = Extract<FunctionAccess, { kind: 'data' }>['operations'][number];
type FilesOperation = Extract<FunctionAccess, { kind: 'files' }>['operations'][number];

/** What a function may use, put together. */
export interface CompiledAccess {
  readonly data: Readonly<Record<string, readonly DataOperation[]>>;
  readonly files: Readonly<Record<string, readonly FilesOperation[]>>;
  readonly push: boolean;
  readonly email: boolean;
  readonly analytics: boolean;
  /** Services whose inbound webhooks it may read whole. */
  readonly inbound: readonly string[];
  /** Types of events of the definition's own. */
  readonly tells: readonly string[];
  /** Functions whose queues it may put messages into. */
  readonly queues: readonly string[];
}

/** What there is to be used. */
export interface Usable {
  readonly models: readonly string[];
  readonly folders: readonly string[];
  readonly push: boolean;
  readonly email: boolean;
  readonly analytics: boolean;
  /** The services whose inbound webhooks may be too large for an event. */
  readonly inbound: readonly string[];
  /** The functions with a queue. */
  readonly queues: readonly string[];
}

const checkName = (name: string, known: readonly string[], what: string, at: string): void => {
  if (!known.includes(name)) {
    throw new Error(
      `${at} names the ${what} ${JSON.stringify(name)}, which is not there: use one of ${known.join(', ') || 'the definition’s (it has none)'}`,
    );
  }
};

const checkOperations = (operations: readonly string[], allowed: readonly string[], at: string): void => {
  const unknown = operations.find((operation) => !allowed.includes(operation));
  if (operations.length === 0 || unknown !== undefined) {
    throw new Error(`${at} allows ${unknown === undefined ? 'nothing' : JSON.stringify(unknown)}: name some of ${allowed.join(', ')}`);
  }
};

const dataOperations = ['read', 'create', 'update', 'delete'] as const;
const filesOperations = ['read', 'write', 'delete'] as const;

const checkLine = (line: FunctionAccess, usable: Usable, at: string): void => {
  if (line.kind === 'data') {
    checkName(line.model, usable.models, 'model', at);
    checkOperations(line.operations, dataOperations, at);
  } else if (line.kind === 'files') {
    checkName(line.folder, usable.folders, 'folder', at);
    checkOperations(line.operations, filesOperations, at);
  } else if ((line.kind === 'push' || line.kind === 'email' || line.kind === 'analytics') && !usable[line.kind]) {
    throw new Error(`${at} is use.${line.kind}, but the definition has no ${line.kind}: add it, or leave this out`);
  } else if (line.kind === 'inbound') {
    checkName(line.name, usable.inbound, 'inbound service with a maxBodyBytes beyond the default', at);
  } else if (line.kind === 'queue') {
    checkName(line.function, usable.queues, 'function with a queue', at);
  }
};

const merged = <O extends string>(
  lines: readonly { readonly name: string; readonly operations: readonly O[] }[],
): Readonly<Record<string, readonly O[]>> =>
  Object.fromEntries(
    [...Map.groupBy(lines, ({ name }) => name)].map(([name, some]) => [name, [...new Set(some.flatMap(({ operations }) => operations))]]),
  );

/**
 * What a function may use.
 *
 * @throws Error for what is not there
 */
export const compileAccess = (access: NonNullable<FunctionOptions['access']>, usable: Usable, at: string): CompiledAccess => {
  access.forEach((line, index) => {
    checkLine(line, usable, `${at}.access[${index}]`);
  });
  return {
    data: merged(access.flatMap((line) => (line.kind === 'data' ? [{ name: line.model, operations: line.operations }] : []))),
    files: merged(access.flatMap((line) => (line.kind === 'files' ? [{ name: line.folder, operations: line.operations }] : []))),
    push: access.some(({ kind }) => kind === 'push'),
    email: access.some(({ kind }) => kind === 'email'),
    analytics: access.some(({ kind }) => kind === 'analytics'),
    inbound: [...new Set(access.flatMap((line) => (line.kind === 'inbound' ? [line.name] : [])))],
    tells: [...new Set(access.flatMap((line) => (line.kind === 'events' ? line.types : [])))],
    queues: [...new Set(access.flatMap((line) => (line.kind === 'queue' ? [line.function] : [])))],
  };
};
