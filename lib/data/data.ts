import { Annotations } from 'aws-cdk-lib';
import { AttributeType, BillingMode, type ITable, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { DataOptions, Models } from '../../contracts/backend.ts';
import type { CompiledModel } from '../../contracts/compiled.ts';
import { dataRoutes } from '../../contracts/data.ts';
import { constraintsTable } from '../../contracts/key-encoding.ts';
import { variables } from '../../contracts/variables.ts';
import type { Api } from '../api/api.ts';
import { eventStreams } from '../api/bundle-function.ts';
import { FeatureFunction, type FunctionOptions, type Grant } from '../api/feature-function.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';
import type { AuthSource } from '../auth-source.ts';
import type { ModelSchema } from '../schema-change/backend-schema.ts';
import { dataRemovalPolicy, type Stage, tableEncryption } from '../stage.ts';
import { type CompiledModels, compileModels } from './compile-models.ts';
import { createDeletions, needsDeletions } from './create-deletions.ts';
import { createModelTable } from './create-model-table.ts';
import { dataModule } from './data-module.ts';
import { dataReplySchemas, dataRequestSchemas } from './data-schemas.ts';
import { describeModels } from './describe-models.ts';
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
}

const constraintActions = ['dynamodb:BatchGetItem', 'dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem'];
const tableActions = [...constraintActions, 'dynamodb:ConditionCheckItem', 'dynamodb:UpdateItem'];
const indexActions = ['dynamodb:Query'];
/** For counters, and for the checks of deletes that are not finished. */
const counterActions = ['dynamodb:UpdateItem'];
const deletionActions = ['dynamodb:ConditionCheckItem'];

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
  readonly deletions: FeatureFunction | undefined;

  /** @throws Error for every mistake in the models; it names the prop, shows the value and says what to do */
  constructor(scope: Construct, id: string, props: DataProps<M>) {
    super(scope, id);
    const stage = props.stage ?? props.api.stage;
    const { compiled, schemas } = withAwaited(compileModels(props.models, props.auth.groups), props.models, props.accepted ?? {});
    this.models = compiled.data.models;
    this.schemas = schemas;
    for (const warning of compiled.warnings) Annotations.of(this).addWarningV2('plinth:models', warning);
    this.tables = this.createTables(props, compiled, stage);
    this.constraintsTable = props.constraintsTable ?? this.createConstraintsTable(compiled, stage);
    this.records = this.createRecords(props, compiled, stage);
    this.deletions = needsDeletions(compiled.data.models) ? this.createDeletions(props, compiled, stage) : undefined;
    props.api.addRoutes('Records', dataRoutes, this.records.function);
    props.api.describe({ models: describeModels(compiled), requests: dataRequestSchemas(), replies: dataReplySchemas() });
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
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: tableEncryption(stage),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: stage === 'production',
      removalPolicy: dataRemovalPolicy(stage),
    });
  }

  private grants({ data }: CompiledModels): readonly Grant[] {
    const tables: Readonly<Record<string, ITable>> = this.tables;
    const models = Object.entries(data.models).flatMap(([name, model]) => {
      const table = tables[name];
      return table === undefined
        ? []
        : [{ arn: table.tableArn, indexes: model.indexes.map((index) => `${table.tableArn}/index/${index.name}`) }];
    });
    const indexes = models.flatMap((model) => model.indexes);
    return [
      { actions: tableActions, resources: models.map(({ arn }) => arn) },
      {
        actions: [
          ...constraintActions,
          ...(Object.values(data.models).some(({ counts }) => counts.length > 0) ? counterActions : []),
          ...(needsDeletions(data.models) ? deletionActions : []),
        ],
        resources: [this.constraintsTable.tableArn],
      },
      ...(indexes.length > 0 ? [{ actions: indexActions, resources: indexes }] : []),
    ];
  }

  private tableNames(compiled: CompiledModels): Readonly<Record<string, string>> {
    const tables: Readonly<Record<string, ITable>> = this.tables;
    const names = Object.values(compiled.data.models).map((model) => [model.tableVariable, tables[model.name]?.tableName ?? '']);
    return { [variables.constraintsTable]: this.constraintsTable.tableName, ...Object.fromEntries(names) };
  }

  private createDeletions(props: DataProps<M>, compiled: CompiledModels, stage: Stage): FeatureFunction {
    const { memorySizeMb, logRetention, tracing } = props;
    return createDeletions(this, {
      memorySizeMb,
      logRetention,
      tracing,
      modules: { '@compiled/data': dataModule(compiled) },
      environment: this.tableNames(compiled),
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
      unusedModules: [eventStreams],
      modules: { '@compiled/data': dataModule(compiled) },
      environment: {
        [variables.userPoolId]: props.auth.userPool.userPoolId,
        [variables.userPoolClientId]: props.auth.userPoolClient.userPoolClientId,
        [variables.adminGroup]: props.auth.adminGroup,
        ...this.tableNames(compiled),
      },
      grants: this.grants(compiled),
      stage,
    });
  }
}
