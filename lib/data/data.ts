import { Annotations } from 'aws-cdk-lib';
import { AttributeType, type ITable, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { DataOptions, Models } from '../../contracts/backend.ts';
import type { CompiledModel } from '../../contracts/compiled.ts';
import { dataRoutes } from '../../contracts/data.ts';
import type { HookPoint } from '../../contracts/hooks.ts';
import { constraintsTable } from '../../contracts/key-encoding.ts';
import { variables } from '../../contracts/variables.ts';
import type { Api } from '../api/api.ts';
import { eventStreams } from '../api/bundle-function.ts';
import type { Grant } from '../api/create-role.ts';
import { FeatureFunction, type FunctionOptions } from '../api/feature-function.ts';
import type { FunctionParts, FunctionPartsOptions } from '../api/function-parts.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';
import type { AuthSource } from '../auth-source.ts';
import { type DeletionSource, forgetDeletedUsers } from '../deleted-users.ts';
import type { ModelSchema } from '../schema-change/backend-schema.ts';
import { keptTable, type Stage } from '../stage.ts';
import { hasHooks, isPoint, type ModelHooks, withHooks } from './compile-hooks.ts';
import { type CompiledModels, compileModels } from './compile-models.ts';
import { userDeleteOrder } from './compile-user-delete.ts';
import { createDeletions, type Deletions, needsDeletions } from './create-deletions.ts';
import { createModelTable } from './create-model-table.ts';
import { aloneGrants, type DataUses, dataGrants, dataOperations, directGrants } from './data-grants.ts';
import { dataModule } from './data-module.ts';
import { dataReplySchemas, dataRequestSchemas } from './data-schemas.ts';
import { describeModels } from './describe-models.ts';
import { restrictModels } from './restrict-models.ts';
import { withAwaited } from './with-awaited.ts';

export interface DataProps<M extends Models = Models> extends DataOptions<M>, FunctionOptions {
  /** The API that gets the routes `/data/*`. */
  readonly api: Api;
  /** Whose access tokens count, and which groups there are: an `Auth`, or a user pool and client of your own. */
  readonly auth: AuthSource;
  /**
   * Tables of your own by model name, with the string key `id` and the model's indexes.
   * @default - a new table is made for each model
   */
  readonly tables?: { readonly [K in keyof M]?: ITable };
  /**
   * A table of your own for unique values, counters and idempotency keys, with the string key `pk`, and with a stream if relations
   * have `onDelete`.
   * @default - a new one is made
   */
  readonly constraintsTable?: ITable;
  /** @default that of the API */
  readonly stage?: Stage;
  /** The models whose records may be older than the definition, as they were accepted. `Backend` takes them from its lock file. @default none */
  readonly accepted?: Readonly<Record<string, ModelSchema>>;
  /**
   * Functions that are asked before a record is created, changed or deleted, and may refuse it or change it (docs/hooks.md).
   * @default nobody is asked
   */
  readonly hooks?: { readonly [K in keyof M]?: ModelHooks };
}

/** Every operation on the records of every model. */
const usesOfAll = (models: Readonly<Record<string, CompiledModel>>): DataUses =>
  Object.fromEntries(Object.keys(models).map((name) => [name, dataOperations]));

/**
 * Records with rules: create, read, update, replace, delete, list and count at `/data/<Model>`.
 *
 * @example
 * ```ts
 * const data = new Data(this, 'Data', { api, auth, models: { Note } });
 * data.tables.Note.grantReadData(reporting);
 * ```
 */
export class Data<M extends Models = Models> extends Construct {
  /** The tables by model name. */
  readonly tables: { readonly [K in keyof M]: ITable };
  /** The table of unique values, counters, idempotency keys and the key of cursors. */
  readonly constraintsTable: ITable;
  /** What the handlers know of the models. */
  readonly models: Readonly<Record<string, CompiledModel>>;
  /** The models as a lock file has them. */
  readonly schemas: Readonly<Record<string, ModelSchema>>;
  /** The function behind `/data/*`. */
  readonly records: FeatureFunction;
  /** The function that finishes deletes. Undefined if no relation has `onDelete: 'cascade'` or `'setNull'`. */
  readonly deletions: Deletions | undefined;

  private readonly compiled: CompiledModels;
  private readonly options: FunctionOptions & { readonly stage: Stage };
  /** By their variables. */
  private readonly hooks = new Map<string, IFunction>();

  /** @throws Error for every mistake in the models; it names the prop, shows the value and says what to do */
  constructor(scope: Construct, id: string, props: DataProps<M>) {
    super(scope, id);
    const stage = props.stage ?? props.api.stage;
    const { memorySizeMb, logRetention, tracing } = props;
    this.options = { memorySizeMb, logRetention, tracing, stage };
    const hooked = withHooks(compileModels(props.models, props.auth.groups), props.hooks ?? {});
    const { compiled, schemas } = withAwaited(hooked, props.models, props.accepted ?? {});
    this.compiled = compiled;
    this.models = compiled.data.models;
    this.schemas = schemas;
    for (const warning of compiled.warnings) Annotations.of(this).addWarningV2('plinth:models', warning);
    this.tables = this.createTables(props, compiled, stage);
    this.constraintsTable = props.constraintsTable ?? this.createConstraintsTable(compiled, stage);
    this.records = this.createRecords(props, compiled, stage);
    this.deletions = needsDeletions(compiled.data.models) ? this.createDeletions(props, compiled, stage) : undefined;
    this.connectGivenHooks(props.hooks ?? {});
    props.api.addRoutes('Records', dataRoutes, this.records.function);
    props.api.describe({ models: describeModels(compiled), requests: dataRequestSchemas(), replies: dataReplySchemas() });
  }

  /**
   * Gives the function that is asked before a write, for a hook that was declared with `later`.
   *
   * @throws Error for a hook that was not declared
   */
  connectHook(model: string, point: HookPoint, target: IFunction): void {
    const variable = this.models[model]?.hooks?.[point];
    if (variable === undefined) throw new Error(`${model} has no hook before ${point}: declare it in hooks of the data`);
    this.hooks.set(variable, target);
    this.records.function.addEnvironment(variable, target.functionArn);
    this.records.addGrant({ actions: ['lambda:InvokeFunction'], resources: [target.functionArn] });
  }

  /**
   * What a function needs for these operations on the records of these models, with `lambdas/data/in-process.ts` in its bundle.
   * To it, other models are not there.
   *
   * @throws Error for models that are not there, and for hooks that are not connected yet
   */
  functionParts(operations: DataUses, { asCaller = false, direct = false }: FunctionPartsOptions = {}): FunctionParts {
    const part = restrictModels(this.compiled, operations);
    if (direct) return { environment: this.namesOf(Object.keys(operations)), grants: directGrants(this, operations), modules: {} };
    const hooks = asCaller ? Object.values(part.data.models).flatMap((model) => Object.values(model.hooks ?? {})) : [];
    const arns = hooks.map((variable) => {
      const target = this.hooks.get(variable);
      if (target === undefined) throw new Error(`the hook ${variable} is not connected yet: call connectHook() before functionParts()`);
      return [variable, target.functionArn] as const;
    });
    const invoke: Grant = { actions: ['lambda:InvokeFunction'], resources: arns.map(([, arn]) => arn) };
    return {
      environment: { ...this.tableNames(part.data.models), ...Object.fromEntries(arns) },
      grants: [...dataGrants(this, operations), ...(arns.length > 0 ? [invoke] : [])],
      modules: { '@compiled/data': dataModule(part, asCaller) },
    };
  }

  /**
   * Has the records of deleted users deleted, of models with `onUserDelete: 'delete'`.
   *
   * @returns undefined if there is no such model
   */
  forgetUsers(events: DeletionSource): FeatureFunction | undefined {
    const names = userDeleteOrder(this.models);
    if (names.length === 0) return undefined;
    const { environment, grants, modules } = this.functionParts(Object.fromEntries(names.map((name) => [name, ['delete']])));
    const indexes = names.map((name) => {
      const table: ITable | undefined = (this.tables as Readonly<Record<string, ITable>>)[name];
      return `${table?.tableArn}/index/${this.models[name]?.onUserDelete?.index}`;
    });
    return forgetDeletedUsers(this, 'RecordsOfDeletedUsers', events, {
      ...this.options,
      resumes: true,
      description: 'Plinth: deletes records of deleted users',
      entry: lambdaEntry('data/deleted-users-handler.ts'),
      modules,
      unusedModules: [eventStreams],
      environment: { ...environment, [variables.deletedUsersModels]: JSON.stringify(names) },
      grants: [
        ...aloneGrants(grants),
        { actions: ['dynamodb:Query'], resources: indexes },
        ...(names.some((name) => this.models[name]?.counts.includes('owner'))
          ? [{ actions: ['dynamodb:DeleteItem'], resources: [this.constraintsTable.tableArn] }]
          : []),
      ],
    });
  }

  private createTables(props: DataProps<M>, { data }: CompiledModels, stage: Stage): { readonly [K in keyof M]: ITable } {
    const given: Readonly<Record<string, ITable | undefined>> = props.tables ?? {};
    const unknown = Object.keys(given).filter((name) => !Object.hasOwn(data.models, name));
    if (unknown.length > 0) throw new Error(`tables names ${unknown.join(', ')}, which is no model: use the names of data.models`);
    const tables = Object.entries(data.models).map(([name, model]) => [
      name,
      given[name] ?? createModelTable(this, `${model.storedAs ?? name}Table`, model, stage),
    ]);
    return Object.fromEntries(tables) as { readonly [K in keyof M]: ITable };
  }

  private createConstraintsTable({ data }: CompiledModels, stage: Stage): Table {
    return new Table(this, 'Constraints', {
      partitionKey: { name: constraintsTable.partitionKey, type: AttributeType.STRING },
      timeToLiveAttribute: constraintsTable.timeToLive,
      ...(needsDeletions(data.models) && { stream: StreamViewType.KEYS_ONLY }),
      ...keptTable(stage),
    });
  }

  private tableNames(models: Readonly<Record<string, CompiledModel>>): Readonly<Record<string, string>> {
    return { [variables.constraintsTable]: this.constraintsTable.tableName, ...this.namesOf(Object.keys(models)) };
  }

  private namesOf(models: readonly string[]): Readonly<Record<string, string>> {
    const tables: Readonly<Record<string, ITable>> = this.tables;
    return Object.fromEntries(models.map((name) => [this.models[name]?.tableVariable ?? '', tables[name]?.tableName ?? '']));
  }

  private connectGivenHooks(hooks: NonNullable<DataProps<M>['hooks']>): void {
    for (const [model, points] of Object.entries<ModelHooks | undefined>(hooks)) {
      for (const [point, target] of Object.entries(points ?? {})) {
        if (isPoint(point) && target !== 'later') this.connectHook(model, point, target);
      }
    }
    this.node.addValidation({ validate: () => this.unconnectedHooks() });
  }

  private unconnectedHooks(): string[] {
    const declared = Object.values(this.models).flatMap(({ hooks }) => Object.values(hooks ?? {}));
    const missing = declared.filter((variable) => !this.hooks.has(variable));
    return missing.map((variable) => `no function was given for the hook ${variable}: call connectHook()`);
  }

  private createDeletions(props: DataProps<M>, compiled: CompiledModels, stage: Stage): Deletions {
    const { memorySizeMb, logRetention, tracing } = props;
    return createDeletions(this, {
      memorySizeMb,
      logRetention,
      tracing,
      modules: { '@compiled/data': dataModule(compiled, false) },
      environment: this.tableNames(compiled.data.models),
      models: compiled.data.models,
      tables: this.tables,
      constraintsTable: this.constraintsTable,
      stage,
    });
  }

  private createRecords(props: DataProps<M>, compiled: CompiledModels, stage: Stage): FeatureFunction {
    const { memorySizeMb, logRetention, tracing } = props;
    return new FeatureFunction(this, 'Records', {
      memorySizeMb,
      logRetention,
      tracing,
      description: 'Plinth: records',
      entry: lambdaEntry('data/handler.ts'),
      unusedModules: hasHooks(compiled.data.models) ? [] : [eventStreams],
      modules: { '@compiled/data': dataModule(compiled) },
      environment: {
        [variables.userPoolId]: props.auth.userPool.userPoolId,
        [variables.userPoolClientId]: props.auth.userPoolClient.userPoolClientId,
        [variables.adminGroup]: props.auth.adminGroup,
        ...this.tableNames(compiled.data.models),
      },
      grants: dataGrants(this, usesOfAll(compiled.data.models)),
      stage,
    });
  }
}
