import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DynamoDBClient,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Models } from '../../contracts/backend.ts';
import type { CompiledIndex, CompiledModel } from '../../contracts/compiled.ts';
import type { DataRoute } from '../../contracts/data.ts';
import { constraintsTable, expiryAttribute } from '../../contracts/key-encoding.ts';
import { variables } from '../../contracts/variables.ts';
import type { Caller } from '../../lambdas/runtime/request.ts';
import { bundleFunction } from '../../lib/api/bundle-function.ts';
import { type CompiledModels, compileModels } from '../../lib/data/compile-models.ts';
import { dataModule } from '../../lib/data/data-module.ts';
import type { TemplateResource } from '../../local/services/service.ts';
import { clientOptions, type DynamodbServer, startDynamodb, tableResource } from '../local/dynamodb/dynamodb-server.ts';
import type { Outcome, WorkerCall } from './data-worker.ts';
import { type DatabaseProxy, startProxy } from './database-proxy.ts';

export const guest: Caller = { kind: 'guest' };
export const user = (id: string, ...groups: readonly string[]): Caller => ({
  kind: 'user',
  id,
  username: id,
  groups,
  scopes: [],
  accessToken: '',
});

/** One call of an action, without the HTTP around it. */
export interface Call {
  readonly as: Caller;
  /** Left out for routes that are about no single model. */
  readonly model?: string;
  readonly id?: string;
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** The data feature's actions over the local database. */
export interface DataFixture {
  readonly call: (route: DataRoute, call: Call) => Promise<Outcome>;
  /** What the actions ask of the database. */
  readonly proxy: DatabaseProxy;
  /** Everything that a table holds, in the order of its keys. */
  readonly items: (table: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;
  readonly models: Readonly<Record<string, CompiledModel>>;
  readonly close: () => Promise<void>;
}

const numeric: ReadonlySet<string> = new Set(['number', 'integer']);

const attributeType = (model: CompiledModel, name: string, encoded: boolean): string =>
  !encoded && (name === 'version' || numeric.has(model.fields[name]?.kind ?? '')) ? 'N' : 'S';

const keyTypes = (model: CompiledModel, index: CompiledIndex): readonly (readonly [string, string])[] => [
  [index.partitionAttribute, attributeType(model, index.partitionAttribute, index.partitionEncoded)],
  ...(index.sortAttribute === undefined
    ? []
    : [[index.sortAttribute, attributeType(model, index.sortAttribute, index.sortEncoded)] as const]),
];

const tableOf = (model: CompiledModel) => {
  const types = new Map<string, string>([['id', 'S'], ...model.indexes.flatMap((index) => keyTypes(model, index))]);
  const indexes = model.indexes.map((index) => ({
    IndexName: index.name,
    KeySchema: keyTypes(model, index).map(([AttributeName], position) => ({ AttributeName, KeyType: position === 0 ? 'HASH' : 'RANGE' })),
    Projection: { ProjectionType: 'ALL' },
  }));
  return tableResource(model.name, {
    TableName: model.name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [...types].map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes }),
    ...(model.ttl !== undefined && { TimeToLiveSpecification: { AttributeName: expiryAttribute, Enabled: true } }),
  });
};

const constraints = tableResource('Constraints', {
  TableName: 'Constraints',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [{ AttributeName: constraintsTable.partitionKey, AttributeType: 'S' }],
  KeySchema: [{ AttributeName: constraintsTable.partitionKey, KeyType: 'HASH' }],
});

/** Bundles the actions with their compiled definition, as the construct does, and starts the bundle. */
const startActions = (compiled: CompiledModels, env: NodeJS.ProcessEnv): Worker => {
  const entry = join(import.meta.dirname, '../fixtures/data-actions.ts');
  const { directory } = bundleFunction({ entry, modules: { '@compiled/data': dataModule(compiled) } });
  return new Worker(join(import.meta.dirname, 'data-worker.ts'), {
    workerData: join(directory, 'index.cjs'),
    env,
    execArgv: ['--no-warnings'],
  });
};

/** A database that the actions can use: the local one, or the one at `DYNAMODB_URL`, so that both can be compared. */
const startDatabase = async (resources: readonly TemplateResource[]): Promise<Pick<DynamodbServer, 'url' | 'client' | 'close'>> => {
  const endpoint = process.env['DYNAMODB_URL'];
  if (endpoint === undefined) return startDynamodb({ resources });
  const client = new DynamoDBClient(clientOptions(endpoint));
  const names = resources.map(({ properties }) => ({ TableName: String(properties['TableName']) }));
  for (const name of names) await client.send(new DeleteTableCommand(name)).catch(() => undefined);
  for (const { properties } of resources) {
    const { TimeToLiveSpecification: _, ...table } = properties;
    await client.send(new CreateTableCommand(table as unknown as CreateTableCommandInput));
  }
  return { url: endpoint, client, close: async () => client.destroy() };
};

/** Starts a database with the tables of these models, and the actions over it. */
export const startData = async (models: Models, groups: readonly string[] = []): Promise<DataFixture> => {
  const compiled = compileModels(models, [...groups, 'admins']);
  const resources = [...Object.values(compiled.data.models).map(tableOf), constraints];
  const server = await startDatabase(resources);
  const proxy = await startProxy(server.url);
  const tables = Object.values(compiled.data.models).map((model) => [model.tableVariable, model.name] as const);
  const environment = {
    AWS_REGION: 'eu-central-1',
    AWS_ENDPOINT_URL_DYNAMODB: proxy.url,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    [variables.constraintsTable]: 'Constraints',
    ...Object.fromEntries(tables),
  };
  const worker = startActions(compiled, environment);
  const waiting = new Map<number, (outcome: Outcome) => void>();
  worker.on('message', ({ number, outcome }: { number: number; outcome: Outcome }) => waiting.get(number)?.(outcome));
  let last = 0;
  const call: DataFixture['call'] = (route, { as, model, id, path, query = {}, headers = {}, body }) => {
    last += 1;
    const message: WorkerCall = {
      number: last,
      route,
      path: { ...(model !== undefined && { model }), ...(id !== undefined && { id }), ...path },
      query: new URLSearchParams(query).toString(),
      headers,
      rawBody: body === undefined ? '' : JSON.stringify(body),
      caller: as,
    };
    worker.postMessage(message);
    return new Promise((resolve) => waiting.set(message.number, resolve));
  };
  const items: DataFixture['items'] = async (TableName) => {
    const { Items = [] } = await server.client.send(new ScanCommand({ TableName }));
    const keyOf = (item: Readonly<Record<string, unknown>>): string => String(item['id'] ?? item['pk']);
    return Items.map((item) => unmarshall(item)).sort((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
  };
  return {
    call,
    proxy,
    items,
    models: compiled.data.models,
    close: async () => {
      await worker.terminate();
      await proxy.close();
      await server.close();
    },
  };
};
